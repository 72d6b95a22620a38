import type { Time } from '../time.js';

export const WebhookSubscriptionState = {
  SUBSCRIBED: 'SUBSCRIBED',
  PENDING: 'PENDING',
  FAILED: 'FAILED',
  NONE: 'NONE',
} as const;

export type WebhookSubscriptionState = keyof typeof WebhookSubscriptionState;

interface SubscriptionFacts {
  readonly subscribedAt: Time | null;
  readonly checkAt: Time | null;
  readonly hasProblem: boolean;
}

/** A subscription that stands is told as such, even when the last look at it failed: the problem says so. */
export function subscriptionState({
  subscribedAt,
  checkAt,
  hasProblem,
}: SubscriptionFacts): WebhookSubscriptionState {
  if (subscribedAt !== null) return 'SUBSCRIBED';
  if (hasProblem) return 'FAILED';
  return checkAt === null ? 'NONE' : 'PENDING';
}

/** What an account's row says of a subscription that is to be made, or made again, now. */
export function dueSubscription(now: Date) {
  return { subscriptionCheckAt: now, subscriptionFailures: 0, subscriptionProblem: null };
}

/** The same when there is no token to subscribe with any more. */
export const endedSubscription = {
  subscribedAt: null,
  subscriptionCheckAt: null,
  subscriptionFailures: 0,
  subscriptionProblem: null,
} as const;
