import type { StepReport } from '../tokens/ladder/step-report.js';
import type { TokenKind } from '../tokens/token-kind.js';

const KEPT_BETTER_TOKEN = 'kept_better_token';

/** The report of the last step, for a connect whose token was worth less than the stored one. */
export function keptBetterToken(
  stored: TokenKind,
  arrived: TokenKind,
  durationMs: number,
  at: Date,
): StepReport {
  return {
    step: 'profile',
    outcome: 'OK',
    problem: {
      code: KEPT_BETTER_TOKEN,
      message: `The stored ${stored} token still works and is worth more than the ${arrived} one that was obtained.`,
      userAction: null,
      metaCode: null,
      metaSubcode: null,
      fbtraceId: null,
      at: at.toISOString(),
    },
    hint: null,
    detail: null,
    durationMs,
  };
}

/** The steps that led to the stored token, with the word on the connect that did not replace it. */
export function withKeptReport(steps: readonly StepReport[], kept: StepReport): StepReport[] {
  return [...steps.filter(({ problem }) => problem?.code !== KEPT_BETTER_TOKEN), kept];
}
