import type { NewNotice } from './notice-outbox.js';

const details = {
  opened:
    'Renewals of many accounts fail for a reason that is not theirs: all pause, and one is tried at times.',
  closed: 'Meta answers renewals as it should again: they go on.',
} as const;

/** What the operator is told when the renewals of all accounts pause, or go on. */
export function breakerNotice(change: 'opened' | 'closed', at: Date): NewNotice {
  return {
    type: `breaker_${change}`,
    at,
    subject: 'renewals',
    account: null,
    problem: null,
    detail: details[change],
  };
}
