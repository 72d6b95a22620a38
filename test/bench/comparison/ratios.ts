import type { Contestant } from './contestants.ts';
import type { Sample } from './load.ts';
import type { Samples } from './measure-works.ts';
import { median } from './statistics.ts';
import type { WorkId } from './works.ts';

/** How many times as much one server does as another; 1 is the same, more is better. */
export interface Ratio {
  readonly perSecond: number;
  readonly least: number;
  readonly most: number;
  /** The same by CPU time: what other work on the machine hardly changes. */
  readonly byCpu: number;
}

/** Of each round by itself, and then the median: two rounds do not meet the same machine. */
export function ratioOf(samples: Samples, work: WorkId, one: Contestant, other: Contestant): Ratio | null {
  const [ones, others] = [one, other].map((contestant) => samples[work]?.get(contestant) ?? []);
  if (ones === undefined || others === undefined || ones.length === 0 || others.length === 0) return null;
  const pairs = ones.flatMap((sample, round): Array<[Sample, Sample]> => {
    const beside = others[round];
    return beside === undefined ? [] : [[sample, beside]];
  });
  const ratios = pairs.map(([sample, beside]) => sample.perSecond / beside.perSecond);
  return {
    perSecond: median(ratios),
    least: Math.min(...ratios),
    most: Math.max(...ratios),
    byCpu: median(pairs.map(([sample, beside]) => beside.cpuUs / sample.cpuUs)),
  };
}
