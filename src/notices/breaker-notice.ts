import type { NewNotice } from './notice-outbox.js';

const details = {
  opened: (host: string) =>
    `Renewals of many accounts fail at ${host} for a reason that is not theirs: all of them pause, and one is tried at times.`,
  closed: (host: string) => `${host} answers renewals as it should again: they go on.`,
} as const;

/** What the operator is told when all renewals of an app (`instagram` or `facebook`) pause, or go on. */
export function breakerNotice(app: string, change: 'opened' | 'closed', at: Date): NewNotice {
  return {
    type: `breaker_${change}`,
    at,
    subject: `renewals:${app}`,
    account: null,
    problem: null,
    detail: details[change](`graph.${app}.com`),
  };
}
