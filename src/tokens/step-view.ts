import type { ConnectionStep } from './connection-step.type.js';
import type { StepReport } from './ladder/step-report.js';
import type { TokenProblem as StoredProblem } from './token-problem.js';
import type { TokenProblem } from './token-problem.type.js';

/** A stored problem as the API shows it. */
export function toProblemView(problem: StoredProblem): TokenProblem {
  return { ...problem, at: new Date(problem.at) };
}

/** Stored steps as the API shows them. */
export function toStepViews(steps: readonly StepReport[]): ConnectionStep[] {
  return steps.map((report) => ({
    ...report,
    problem: report.problem === null ? null : toProblemView(report.problem),
  }));
}
