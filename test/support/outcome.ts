import { ClientError } from 'graphql-request';
import {
  CompleteInstagramAuthDocument,
  ConnectionAttemptsDocument,
  InstagramAccountDocument,
  type CompleteInstagramAuthMutationVariables,
  type ConnectionAttemptsQuery,
  type InstagramAccountQuery,
} from '../../src/generated/graphql.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import type { ApiFailure, ErrorExtensions } from './client.js';
import type { TestApp } from './test-app.js';

export type StoredAccount = NonNullable<InstagramAccountQuery['instagramAccount']>;
export type Attempt = ConnectionAttemptsQuery['connectionAttempts']['edges'][number]['node'];

/** A step as every door shows it; only what the tests look at. */
export interface ShownStep {
  readonly step: string;
  readonly outcome: string;
  readonly hint: string | null;
  readonly detail?: string | null;
  readonly problem: {
    readonly code: string;
    readonly metaCode?: number | null;
    readonly metaSubcode?: number | null;
  } | null;
}

/** What a whole connection came to: one of the two. */
export type Completion = { readonly accountId: string } | { readonly failure: ApiFailure };

/** Completes, and gives the error as a value. */
export async function complete(
  moca: Pick<TestApp, 'visitor'>,
  callback: CompleteInstagramAuthMutationVariables,
): Promise<Completion> {
  try {
    const { completeInstagramAuth } = await moca.visitor.send(CompleteInstagramAuthDocument, callback);
    return { accountId: completeInstagramAuth.accountId };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    const [first] = error.response.errors ?? [];
    if (first === undefined) throw error;
    const extensions = first.extensions as unknown as ErrorExtensions;
    return { failure: { status: error.response.status, message: first.message, extensions } };
  }
}

/** Completes, which has to fail. */
export function refused(
  moca: Pick<TestApp, 'visitor'>,
  callback: CompleteInstagramAuthMutationVariables,
): Promise<ApiFailure> {
  return moca.visitor.fail(CompleteInstagramAuthDocument, callback);
}

/** The account as an admin sees it; fails when there is none. */
export async function accountOf(moca: Pick<TestApp, 'admin'>, accountId: string): Promise<StoredAccount> {
  const { instagramAccount } = await moca.admin.send(InstagramAccountDocument, { accountId });
  if (instagramAccount === null) throw new Error(`There is no account ${accountId}.`);
  return instagramAccount;
}

/** The attempts to connect, newest first. */
export async function attemptsOf(moca: Pick<TestApp, 'admin'>): Promise<Attempt[]> {
  const { connectionAttempts } = await moca.admin.send(ConnectionAttemptsDocument, { first: 100 });
  return connectionAttempts.edges.map(({ node }) => node);
}

/** `profile FAILED META_RATE_LIMITED 4`: the outcome, with our code and Meta's numbers where there are any. */
export function brief(steps: readonly ShownStep[]): string[] {
  return steps.map(({ step, outcome, problem }) => {
    const numbers = [problem?.metaCode, problem?.metaSubcode].filter((number) => number != null).join('/');
    return [step, outcome, problem?.code ?? '', numbers].filter((part) => part !== '').join(' ');
  });
}

/** How often each of Meta's endpoints was called, the person's own visits left out. */
export function callCounts({ ledger }: Pick<Sandbox, 'ledger'>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { endpoint } of ledger.calls()) {
    if (endpoint !== 'dialog' && endpoint !== 'consent') counts[endpoint] = (counts[endpoint] ?? 0) + 1;
  }
  return counts;
}
