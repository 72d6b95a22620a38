import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes minutes; begun last, it would keep one core busy and leave the other one idle. */
const LONG = /\/(?:soak|chaos\/kill\.\w+|chaos\/random-kills)\b/;

/** Begins with the test files that take longest. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
