import { setTimeout as sleep } from 'node:timers/promises';
import { ClientError } from 'graphql-request';
import { AuthUrlDocument } from '../../src/generated/graphql.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import type { Client } from '../support/client.js';
import { complete, type Completion } from '../support/outcome.js';
import { challengeOf, createVerifier } from '../support/states.js';
import type { Callback } from '../support/test-app.js';

const PAUSE_MS = 100;

/** Asks a server for an authorization URL and consents as the persona; gives what the callback page has then. */
export async function consentAt(visitor: Client, sandbox: Sandbox, persona: string): Promise<Callback> {
  const verifier = createVerifier();
  const { authUrl } = await askAgain(() =>
    visitor.send(AuthUrlDocument, { challenge: challengeOf(verifier) }),
  );
  const { searchParams } = await sandbox.consent(authUrl, persona);
  return { code: searchParams.get('code') ?? '', state: searchParams.get('state'), verifier };
}

/** Completes as a page does that asks again as long as it is told to. */
export async function completeFinally(
  to: { readonly visitor: Client },
  callback: Callback,
): Promise<Completion> {
  for (;;) {
    const completion = await complete(to, callback);
    if (!('failure' in completion) || completion.failure.extensions.retryable !== true) return completion;
    await sleep(PAUSE_MS);
  }
}

/** Asks until there is an answer that is not to be asked for again: a server on a busy machine may say so for a while. */
export async function askAgain<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      if (error.response.errors?.[0]?.extensions['retryable'] !== true) throw error;
    }
    await sleep(PAUSE_MS);
  }
}
