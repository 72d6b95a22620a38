import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CompleteInstagramAuthDocument,
  InstagramAccessTokenDocument,
  InstagramAccountDocument,
  InstagramAccountsDocument,
  RefreshInstagramTokenDocument,
  UpdateInstagramAccountSettingsDocument,
} from '../../src/generated/graphql.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { Client } from '../support/client.js';
import { testSecrets, type Callback } from '../support/test-app.js';
import { completeFinally, consentAt } from './consent.js';

const PAUSE_MS = 50;

/** One call, as its caller saw it. */
export interface Call {
  readonly operation: string;
  /** Whether it had a connection, and has been written to it. */
  isSent: boolean;
  /** `data`; or the status, the code, and whether it makes sense to try again; or what broke. */
  end: string | null;
}

interface Answer {
  readonly status: number;
  readonly data: { readonly completeInstagramAuth?: { readonly accountId: string } } | null;
  readonly error: { readonly code: string; readonly retryable?: boolean } | null;
}

export interface LoadOptions {
  readonly sandbox: Sandbox;
  /** The server that a caller talks to, by the caller's number. */
  readonly url: (caller: number) => string;
}

/**
 * People who connect and programs that read and change what they have connected, one call of each at a time, as
 * fast as they are answered.
 */
export class Load {
  readonly calls: Call[] = [];
  /** What was said to be connected. */
  readonly accountIds = new Set<string>();
  /** Connections that were begun, and of which nobody has heard the end. */
  readonly #unfinished = new Set<Callback>();
  readonly #agent = new Agent({ keepAlive: true });
  #people = 0;
  #isOver = false;
  #callers: Promise<void>[] = [];

  constructor(private readonly options: LoadOptions) {}

  start({ people, programs }: { readonly people: number; readonly programs: number }): void {
    this.#isOver = false;
    this.#callers = [
      ...Array.from({ length: people }, (_, caller) => this.#connect(caller)),
      ...Array.from({ length: programs }, (_, caller) => this.#use(caller)),
    ];
  }

  /** No further call is begun; gives those that are under way, and resolves them when they have ended. */
  stop(): { readonly underWay: readonly Call[]; readonly ended: Promise<unknown> } {
    this.#isOver = true;
    return {
      underWay: this.calls.filter(({ end }) => end === null),
      ended: Promise.all(this.#callers),
    };
  }

  /** Asks for the connections whose end was not heard, as their pages would; gives the codes of those that failed. */
  async finish(): Promise<string[]> {
    const visitor = new Client(() => this.options.url(0));
    const completions = await Promise.all(
      [...this.#unfinished].map((callback) => completeFinally({ visitor }, callback)),
    );
    this.#unfinished.clear();
    for (const completion of completions) {
      if ('accountId' in completion) this.accountIds.add(completion.accountId);
    }
    return completions.flatMap((one) => ('failure' in one ? [one.failure.extensions.code] : []));
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  async #connect(caller: number): Promise<void> {
    const visitor = new Client(() => this.options.url(caller));
    while (!this.#isOver) {
      this.#people += 1;
      // Needs no database, and is no part of what is looked at: it may fail, as when the server stops.
      const callback = await consentAt(visitor, this.options.sandbox, `page-token#${this.#people}`).catch(
        () => null,
      );
      if (callback === null) continue;
      this.#unfinished.add(callback);
      while (!this.#isOver && this.#unfinished.has(callback)) {
        const answer = await this.#call(caller, CompleteInstagramAuthDocument, callback);
        const accountId = answer?.data?.completeInstagramAuth?.accountId;
        if (accountId === undefined) await sleep(PAUSE_MS);
        else {
          this.accountIds.add(accountId);
          this.#unfinished.delete(callback);
        }
      }
    }
  }

  async #use(caller: number): Promise<void> {
    for (let turn = caller; !this.#isOver; turn += 1) {
      const accountId = [...this.accountIds].at(-1 - (turn % 3));
      const { adminKey, serviceKey } = testSecrets;
      if (accountId === undefined) {
        await this.#call(caller, InstagramAccountsDocument, {}, adminKey);
        await sleep(PAUSE_MS);
        continue;
      }
      const settings = { toneOfVoice: `tone ${turn}` };
      await this.#call(caller, InstagramAccountDocument, { accountId }, adminKey);
      await this.#call(caller, UpdateInstagramAccountSettingsDocument, { accountId, settings }, adminKey);
      await this.#call(caller, InstagramAccessTokenDocument, { accountId }, serviceKey);
      await this.#call(caller, RefreshInstagramTokenDocument, { accountId }, adminKey);
    }
  }

  /** Gives null when there was no answer. */
  async #call(
    caller: number,
    document: { toString(): string },
    variables: object,
    key?: string,
  ): Promise<Answer | null> {
    if (this.#isOver) return null;
    const query = document.toString();
    const call: Call = { operation: /\w+ \w+/.exec(query)?.[0] ?? query, isSent: false, end: null };
    this.calls.push(call);
    try {
      const answer = await this.#post(caller, JSON.stringify({ query, variables }), key, call);
      const { status, error } = answer;
      call.end = error === null ? 'data' : `${status} ${error.code} ${error.retryable}`;
      return answer;
    } catch (error) {
      const { code, message } = error as Error & { code?: string };
      call.end = `broken: ${code ?? message}`;
      await sleep(PAUSE_MS);
      return null;
    }
  }

  #post(caller: number, body: string, key: string | undefined, call: Call): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sending = request(
        `${this.options.url(caller)}/graphql`,
        {
          method: 'POST',
          agent: this.#agent,
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
            ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
          response.on('end', () => {
            try {
              resolve(toAnswer(response.statusCode ?? 0, Buffer.concat(chunks).toString()));
            } catch (error) {
              reject(error as Error);
            }
          });
        },
      );
      sending.on('error', reject).on('finish', () => {
        call.isSent = true;
      });
      sending.end(body);
    });
  }
}

function toAnswer(status: number, text: string): Answer {
  const { data, errors } = JSON.parse(text) as {
    data?: Answer['data'];
    errors?: ReadonlyArray<{ extensions: NonNullable<Answer['error']> }>;
  };
  return { status, data: data ?? null, error: errors?.[0]?.extensions ?? null };
}
