import type { Question } from './ask.ts';
import type { Contestant } from './contestants.ts';
import { worksOf } from './works.ts';

/** What a server is asked until it answers: it needs no data. */
export function firstQuestion(accountIds: readonly string[], { otherText }: Contestant): Question {
  const [first] = worksOf(accountIds, otherText ?? false)[0]?.questions ?? [];
  if (first === undefined) throw new Error('There are no accounts.');
  return first;
}
