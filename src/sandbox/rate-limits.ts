import type { GraphError } from './graph-error.js';

/**
 * The throttles that Meta names, and what each says. That all of them come with status 400 is a guess
 * for some: reports of others exist.
 *
 * @see Meta: "Rate Limits"
 */
const throttles = {
  rate_app: { code: 4, message: '(#4) Application request limit reached' },
  rate_app_unnamed: { code: 341, message: '(#341) Application limit reached' },
  rate_user: { code: 17, message: '(#17) User request limit reached' },
  rate_page: { code: 32, message: '(#32) Page request limit reached' },
  rate_calls: { code: 613, message: '(#613) Calls to this api have exceeded the rate limit.' },
  rate_instagram: {
    code: 80_002,
    subcode: 2_446_079,
    message: 'There have been too many calls to this Instagram account. Wait a bit and try again.',
  },
} as const;

export type Throttle = keyof typeof throttles;

/** `minutes`: what `estimated_time_to_regain_access` says; undefined: only the app's use is told, in percent. */
export function throttled(throttle: Throttle, accountId: string, minutes: number | undefined): GraphError {
  const usage = { call_count: throttle.startsWith('rate_app') ? 100 : 28, total_time: 25, total_cputime: 25 };
  const headers: Record<string, string> = { 'x-app-usage': JSON.stringify(usage) };
  if (minutes !== undefined) {
    const type = throttle === 'rate_page' ? 'pages' : 'instagram';
    const entry = {
      type,
      call_count: 100,
      total_cputime: 25,
      total_time: 25,
      estimated_time_to_regain_access: minutes,
    };
    headers['x-business-use-case-usage'] = JSON.stringify({ [accountId]: [entry] });
  }
  return { status: 400, type: 'OAuthException', ...throttles[throttle], headers };
}
