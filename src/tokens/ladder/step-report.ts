import type { TokenProblem } from '../token-problem.js';

/** The steps of the ladder, in the order in which they are taken. */
export const stepNames = [
  'code_exchange',
  'fb_exchange_token',
  'page_token',
  'ig_exchange_token',
  'profile',
] as const;

export type StepName = (typeof stepNames)[number];

export const stepOutcomes = ['OK', 'FAILED', 'SKIPPED'] as const;

export type StepOutcome = (typeof stepOutcomes)[number];

/** What happened at one step. Stored as JSON. */
export interface StepReport {
  readonly step: StepName;
  readonly outcome: StepOutcome;
  readonly problem: TokenProblem | null;
  /** How to mend it, for the operator or the person; null when there is nothing to mend. */
  readonly hint: string | null;
  /** What is worth knowing about the outcome, such as the other linked accounts. */
  readonly detail: string | null;
  readonly durationMs: number;
}
