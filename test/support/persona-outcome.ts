import { expect } from 'vitest';
import { errorTraits, type ErrorCode } from '../../src/errors.js';
import type { LoginFlow } from '../../src/login-flow.js';
import { accountOf, attemptsOf, brief, callCounts, complete, type ShownStep } from './outcome.js';
import { createTestApp, type TestApp } from './test-app.js';

/** What a persona ends with: an account or an error, by which steps, and with how many calls of each endpoint. */
export interface PersonaOutcome {
  readonly persona: string;
  readonly account?: ExpectedAccount;
  readonly error?: ExpectedError;
  readonly steps: readonly string[];
  readonly details?: Readonly<Record<string, string>>;
  readonly calls: Readonly<Record<string, number>>;
}

interface ExpectedAccount {
  readonly accountId: string;
  readonly professionalAccountId: string;
  readonly kind: 'PAGE' | 'LONG_LIVED' | 'SHORT_LIVED';
  readonly missing?: string;
  /** The profile has neither name nor picture. */
  readonly plain?: true;
}

interface ExpectedError {
  readonly code: ErrorCode;
  readonly step: string;
  readonly reason?: string;
  readonly retryAfterSeconds?: number;
  /** Where it is not the code's own. */
  readonly userAction?: string;
  readonly meta?: ExpectedNumbers;
}

interface ExpectedNumbers {
  readonly code: number | null;
  readonly subcode: number | null;
  readonly type: string | null;
  readonly fbtraceId: unknown;
}

/** A refusal in the shape of the Graph hosts: it can be traced. */
export function graphRefusal(
  code: number,
  subcode: number | null = null,
  type = 'OAuthException',
): ExpectedNumbers {
  return { code, subcode, type, fbtraceId: expect.stringMatching(/^A[\w-]{10,}$/) };
}

/** A refusal in the shape of api.instagram.com, whose code repeats the HTTP status. */
export const flatRefusal: ExpectedNumbers = {
  code: 400,
  subcode: null,
  type: 'OAuthException',
  fbtraceId: null,
};

/** An answer that is no refusal, and nothing documented either. */
export const noNumbers: ExpectedNumbers = { code: null, subcode: null, type: null, fbtraceId: null };

/** Meta's documented life of a long-lived token, in the `expires_in` of its samples. */
const LONG_LIVED_SECONDS = 5_183_944;
const TWO_HOURS_MS = 2 * 60 * 60 * 1000;

const requested: Readonly<Record<LoginFlow, readonly string[]>> = {
  moca: [
    'instagram_business_basic',
    'instagram_business_manage_messages',
    'instagram_business_manage_comments',
    'instagram_business_content_publish',
    'instagram_business_manage_insights',
    'pages_show_list',
    'pages_messaging',
  ],
  instagram: [
    'instagram_business_basic',
    'instagram_business_manage_messages',
    'instagram_business_manage_comments',
    'instagram_business_content_publish',
    'instagram_business_manage_insights',
  ],
  facebook: [
    'instagram_basic',
    'pages_show_list',
    'pages_read_engagement',
    'instagram_manage_messages',
    'pages_messaging',
    'pages_manage_metadata',
    'instagram_manage_comments',
    'instagram_content_publish',
    'instagram_manage_insights',
    'business_management',
  ],
};

/** Everything that can be seen of a connection: the account or the error, the attempt, and the calls. */
interface Picture {
  readonly calls: object;
  readonly attempts: readonly object[];
  readonly account: object | null;
  readonly error: object | null;
  readonly steps: readonly string[];
  /** By step, where there is one. */
  readonly details: object;
  /** Steps that failed without a word on how to mend them, or that have one although they did not fail. */
  readonly wrongHints: readonly string[];
}

/** Connects as the persona on a server of its own: what is seen then, and what has to be. */
export async function playPersona(
  flow: LoginFlow,
  outcome: PersonaOutcome,
): Promise<{ seen: Picture; documented: Picture }> {
  await using moca = await createTestApp({ flow, sandbox: { slowMs: 30 } });
  const callback = await moca.consent(outcome.persona);
  const startedAt = moca.clock.now().toISOString();
  const completion = await complete(moca, callback);
  const account = 'accountId' in completion ? await accountOf(moca, completion.accountId) : null;
  const extensions = 'failure' in completion ? completion.failure.extensions : null;
  const steps: readonly ShownStep[] = account?.connection.steps ?? extensions?.steps ?? [];
  const { steps: _steps, ...error } = extensions ?? {};
  const attempts = await attemptsOf(moca);
  const expectedError = outcome.error;
  return {
    seen: {
      calls: callCounts(moca.sandbox),
      attempts: attempts.map(({ id: _id, problem, ...attempt }) => ({
        ...attempt,
        steps: brief(attempt.steps),
        problem: problem?.code ?? null,
      })),
      account: account === null ? null : { ...account, connection: account.connection.flow },
      error: extensions === null ? null : error,
      steps: brief(steps),
      details: Object.fromEntries(
        steps.flatMap(({ step, detail = null }) => (detail === null ? [] : [[step, detail]])),
      ),
      wrongHints: steps.filter(hasWrongHint).map(({ step }) => step),
    },
    documented: {
      calls: outcome.calls,
      attempts: [
        {
          at: startedAt,
          flow: flow.toUpperCase(),
          outcome: outcomeOf(expectedError),
          accountId: outcome.account?.accountId ?? null,
          steps: outcome.steps,
          problem: expectedError?.code ?? null,
        },
      ],
      account:
        outcome.account === undefined ? null : storedAccount(moca, flow, outcome.persona, outcome.account),
      error: expectedError === undefined ? null : errorExtensions(expectedError),
      steps: outcome.steps,
      details: outcome.details ?? {},
      wrongHints: [],
    },
  };
}

function outcomeOf(error: ExpectedError | undefined): 'SAVED' | 'OPEN' | 'FAILED' {
  if (error === undefined) return 'SAVED';
  return error.retryAfterSeconds === undefined ? 'FAILED' : 'OPEN';
}

function hasWrongHint({ outcome, hint }: ShownStep): boolean {
  return outcome === 'FAILED' ? !/^\w.{20,}\.$/.test(hint ?? '') : hint !== null;
}

function storedAccount(moca: TestApp, flow: LoginFlow, persona: string, account: ExpectedAccount): object {
  const username = `moca_${persona.replaceAll('-', '_')}`;
  const title = moca.sandbox.personas.find(({ id }) => id === persona)?.title ?? '';
  const plain = account.plain === true;
  const expiresAt = expiryOf(moca, account.kind);
  const now = moca.clock.now();
  const missing = account.missing;
  return {
    accountId: account.accountId,
    professionalAccountId: account.professionalAccountId,
    accountName: username,
    displayName: plain ? username : `Café ${title}`,
    profilePictureUrl: plain
      ? null
      : `https://scontent-sandbox.cdninstagram.com/v/t51.2885-19/${username}.jpg?oe=6F000000`,
    scopes: requested[flow].filter((scope) => scope !== missing),
    missingScopes: missing === undefined ? [] : [missing],
    connectedAt: now.toISOString(),
    updatedAt: now.toISOString(),
    settings: { systemPrompt: null, toneOfVoice: null, keyInformation: null, version: 1 },
    tokenStatus: {
      state: account.kind === 'SHORT_LIVED' ? 'EXPIRING_SOON' : 'ACTIVE',
      kind: account.kind,
      expiresAt: expiresAt?.toISOString() ?? null,
      expiresInSeconds: expiresAt === null ? null : Math.floor((expiresAt.getTime() - now.getTime()) / 1000),
      needsReauthorization: false,
      lastRefreshedAt: null,
      // When exactly is the schedule's own business, and its test's.
      nextRefreshAt: expect.any(String),
      // What stood in the way of a better token.
      problem:
        account.kind === 'SHORT_LIVED'
          ? expect.objectContaining({ code: 'APP_MISCONFIGURED', metaCode: 3, metaSubcode: null })
          : null,
    },
    // Made beside the connection, when it is saved.
    webhookSubscription: {
      state: 'PENDING',
      since: null,
      nextCheckAt: now.toISOString(),
      problem: null,
    },
    connection: flow.toUpperCase(),
  };
}

/** Counted from the answer that brought the token, which the ledger saw. */
function expiryOf({ sandbox }: TestApp, kind: ExpectedAccount['kind']): Date | null {
  if (kind === 'PAGE') return null;
  const answered = (endpoint: 'code_exchange' | 'ig_exchange_token'): number =>
    sandbox.ledger.last({ endpoint })?.at.getTime() ?? Number.NaN;
  return kind === 'LONG_LIVED'
    ? new Date(answered('ig_exchange_token') + LONG_LIVED_SECONDS * 1000)
    : new Date(answered('code_exchange') + TWO_HOURS_MS);
}

function errorExtensions({ code, step, reason, retryAfterSeconds, userAction, meta }: ExpectedError): object {
  return {
    code,
    step,
    retryable: retryAfterSeconds !== undefined,
    userAction: userAction ?? errorTraits[code].userAction,
    ...(reason === undefined ? {} : { reason }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(meta === undefined ? {} : { meta }),
  };
}
