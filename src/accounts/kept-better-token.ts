import type { StepReport } from '../tokens/ladder/step-report.js';
import type { ProbeVerdict } from '../tokens/probe-token.js';
import type { TokenKind } from '../tokens/token-kind.js';

const KEPT_BETTER_TOKEN = 'kept_better_token';

export interface KeptToken {
  readonly stored: TokenKind;
  /** What Meta said of the stored token: one that it refused is not kept. */
  readonly verdict: Exclude<ProbeVerdict, 'refused'>;
  readonly arrived: TokenKind;
}

/** The report of the last step, for a connect whose token was worth less than the stored one. */
export function keptBetterToken(
  { stored, verdict, arrived }: KeptToken,
  durationMs: number,
  at: Date,
): StepReport {
  const standing = verdict === 'answers' ? 'still works' : 'could not be checked';
  return {
    step: 'profile',
    outcome: 'OK',
    problem: {
      code: KEPT_BETTER_TOKEN,
      message: `The stored ${stored} token ${standing} and is worth more than the ${arrived} one that was obtained.`,
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
