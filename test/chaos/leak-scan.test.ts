import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  AccountHistoryDocument,
  AuthUrlDocument,
  CompleteInstagramAuthDocument,
  ConnectionAttemptsDocument,
  DeleteInstagramAccountDocument,
  DisconnectInstagramAccountDocument,
  InstagramAccessTokenDocument,
  InstagramAccountDocument,
  InstagramAccountsDocument,
  RefreshInstagramTokenDocument,
  UpdateInstagramAccountSettingsDocument,
  type TypedDocumentString,
} from '../../src/generated/graphql.js';
import { loginFlows, type LoginFlow } from '../../src/login-flow.js';
import type { EndpointName } from '../../src/sandbox/endpoint-names.js';
import { faultNames, type FaultName } from '../../src/sandbox/faults.js';
import { DAY, HOUR } from '../../src/time.js';
import { eventually } from '../support/eventually.js';
import { postOperation } from '../support/http.js';
import { attemptsOf } from '../support/outcome.js';
import { switchFlow } from '../support/reconnecting.js';
import { challengeOf, createVerifier } from '../support/states.js';
import { databaseFile } from '../support/databases.js';
import { createTestApp, testSecrets, type Callback, type TestApp } from '../support/test-app.js';
import { SecretScan } from './secret-scan.js';

const BEARER = { admin: testSecrets.adminKey, service: testSecrets.serviceKey };

/** Made up for this run. */
const pushSecrets = {
  INSTAGRAM_VERIFY_TOKEN: `verify-${randomBytes(18).toString('hex')}`,
  EVENTS_SECRET: `events-${randomBytes(18).toString('hex')}`,
  INSTAGRAM_CLIENT_SECRET_PREVIOUS: `before-${randomBytes(18).toString('hex')}`,
};

/** Too slow to be played on every endpoint: one of them is enough for each. */
const SLOW_FAULTS: ReadonlySet<FaultName> = new Set(['hang', 'delay', 'huge']);

const ENDPOINTS: Readonly<Record<LoginFlow, readonly EndpointName[]>> = {
  moca: ['code_exchange', 'fb_exchange_token'],
  instagram: ['ig_exchange_token', 'ig_me'],
  facebook: ['me_accounts', 'page_profile', 'me_permissions'],
};

/** A run of the server, and everything that it said to anybody. */
class Recording {
  /** Answers by what was asked. */
  readonly answers: Array<{ place: string; text: string }> = [];
  /** The only answers that may hold a token. */
  readonly tokenAnswers: string[] = [];
  readonly verifiers: string[] = [];

  constructor(readonly moca: TestApp) {}

  async ask<Data, Variables extends object>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
    as?: keyof typeof BEARER,
  ): Promise<Data | null> {
    const headers: Record<string, string> = as === undefined ? {} : { authorization: `Bearer ${BEARER[as]}` };
    return this.send(document.toString(), variables, headers);
  }

  async send<Data>(query: string, variables: object, headers: Record<string, string>): Promise<Data | null> {
    const answer = await postOperation(this.moca, { query, variables }, headers);
    const text = `${JSON.stringify([...answer.headers])}\n${answer.text}`;
    const isToken = query.includes('instagramAccessToken') && headers['authorization'] !== undefined;
    if (isToken && answer.code === null) this.tokenAnswers.push(text);
    else this.answers.push({ place: `answer to ${/\w+ \w+/.exec(query)?.[0] ?? 'a broken call'}`, text });
    return (JSON.parse(answer.text) as { data?: Data | null }).data ?? null;
  }

  async consent(persona: string): Promise<Callback> {
    const verifier = createVerifier();
    this.verifiers.push(verifier);
    const asked = await this.ask(AuthUrlDocument, { challenge: challengeOf(verifier) });
    const { searchParams } = await this.moca.sandbox.consent(asked?.authUrl ?? '', persona);
    return { code: searchParams.get('code') ?? '', state: searchParams.get('state'), verifier };
  }

  /** Connects as the persona; gives the account's id if there is one. */
  async connect(persona: string): Promise<string | null> {
    const data = await this.ask(CompleteInstagramAuthDocument, await this.consent(persona));
    return data?.completeInstagramAuth.accountId ?? null;
  }
}

test(
  'Whatever happens, no token, code, verifier, secret or key reaches a log line, an answer or a file of the database.',
  { timeout: 120_000 },
  async () => {
    await using moca = await createTestApp({
      env: {
        RATE_LIMIT_AUTH_URL: '100000/s',
        RATE_LIMIT_COMPLETE: '100000/s',
        LOG_LEVEL: 'trace',
        ...pushSecrets,
        // Nobody listens there: every event is sent in vain.
        EVENTS_URL: 'http://127.0.0.1:1/events?key=canary-of-the-address',
      },
      overrides: { metaTimeouts: { connectMs: 500, responseMs: 200, totalMs: 500 } },
      sandbox: { slowMs: 5, errorShape: 'rotate' },
    });
    const recording = new Recording(moca);
    for (const flow of loginFlows) {
      await switchFlow(moca, flow);
      await playPersonas(recording);
      await playFaults(recording, ENDPOINTS[flow]);
    }
    await useAccounts(recording);
    await misuse(recording);
    const confirmations = await bePushed(recording);
    await endEverything(recording);

    const scan = new SecretScan();
    for (const secret of moca.sandbox.ledger.secrets()) scan.add('token, code or app secret', secret);
    for (const verifier of recording.verifiers) scan.add('verifier', verifier);
    scan.add('admin key', testSecrets.adminKey);
    scan.add('service key', testSecrets.serviceKey);
    scan.add('ring key', Buffer.from(testSecrets.ringKey, 'base64'));
    scan.add('ring key as configured', testSecrets.ringKey);
    for (const [name, secret] of Object.entries(pushSecrets)) scan.add(name, secret);
    scan.add("the receiver's address", 'canary-of-the-address');

    // Where tokens belong they are found: the scan is not blind.
    expect(recording.tokenAnswers.flatMap((text) => scan.find('token', text)).length).toBeGreaterThan(10);
    // Enough was said to be worth the name of a scan.
    expect(scan.size).toBeGreaterThan(5_000);
    expect(moca.log.length).toBeGreaterThan(2_000);
    expect(recording.answers.length).toBeGreaterThan(500);

    // A confirmation code is for the person alone.
    for (const code of confirmations) expect(moca.log.join('')).not.toContain(code);
    const files = ['', '-wal', '-shm'].map((suffix) => `${databaseFile(moca)}${suffix}`);
    expect([
      ...moca.log.flatMap((line) => scan.find(line.slice(0, 200), line)),
      ...recording.answers.flatMap(({ place, text }) => scan.find(place, text)),
      ...files.flatMap((file) => scan.find(file, readFileSync(file))),
    ]).toEqual([]);
  },
);

test('The scan finds a secret in every writing, wherever it stands.', () => {
  const secret = `EAAmadeUp+/${randomBytes(40).toString('hex')}`;
  const scan = new SecretScan();
  scan.add('token', secret);
  const writings = [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('hex'),
    Buffer.from(secret).toString('hex').toUpperCase(),
    ...['', 'x', 'xy', 'xyz'].flatMap((before) => [
      Buffer.from(`${before}${secret} and more`).toString('base64'),
      Buffer.from(`${before}${secret} and more`).toString('base64url'),
    ]),
    // Cut off at either end.
    secret.slice(20),
    secret.slice(0, -20),
  ];
  for (const writing of writings) {
    expect(scan.find('here', `{"text":"${writing}"}`).length).toBeGreaterThan(0);
    expect(scan.find('here', Buffer.from(`\u0000${writing}\u0000`)).length).toBeGreaterThan(0);
  }
  expect(scan.find('here', 'nothing of the kind '.repeat(100))).toEqual([]);
});

async function playPersonas(recording: Recording): Promise<void> {
  for (const { id } of recording.moca.sandbox.personas) {
    const callback = await recording.consent(id);
    if (callback.code === '') continue;
    await recording.ask(CompleteInstagramAuthDocument, callback);
    await recording.ask(CompleteInstagramAuthDocument, callback);
  }
}

async function playFaults(recording: Recording, endpoints: readonly EndpointName[]): Promise<void> {
  const { faults } = recording.moca.sandbox;
  for (const fault of faultNames) {
    for (const endpoint of SLOW_FAULTS.has(fault) ? endpoints.slice(0, 1) : endpoints) {
      const persona = endpoint.startsWith('ig_') ? 'code-101' : 'page-token';
      faults.inject({ fault, endpoint, times: 3 });
      await recording.connect(`${persona}#${1 + faultNames.indexOf(fault)}`);
      faults.clear();
    }
  }
}

/** Settings, lists, histories, renewals and token reads, in good and in bad times. */
async function useAccounts(recording: Recording): Promise<void> {
  const { moca } = recording;
  await switchFlow(moca, 'instagram');
  moca.clock.advance(DAY);
  for (const fault of faultNames.filter((name) => !SLOW_FAULTS.has(name))) {
    const accountId = (await recording.connect('page-token')) ?? '';
    moca.clock.advance(DAY);
    moca.sandbox.faults.inject({ fault, endpoint: 'refresh_access_token', times: 3 });
    await recording.ask(RefreshInstagramTokenDocument, { accountId }, 'admin');
    moca.sandbox.faults.clear();
    await recording.ask(InstagramAccessTokenDocument, { accountId }, 'service');
    await recording.ask(InstagramAccessTokenDocument, { accountId }, 'admin');
    await recording.ask(InstagramAccountDocument, { accountId }, 'admin');
    await recording.ask(AccountHistoryDocument, { accountId, first: 100 }, 'admin');
  }
  await recording.ask(InstagramAccountsDocument, { first: 100 }, 'admin');
  await recording.ask(InstagramAccountsDocument, { first: 100 }, 'service');
  await recording.ask(ConnectionAttemptsDocument, { first: 100 }, 'admin');
}

/** Calls that are wrong and hold what must not be repeated. */
async function misuse(recording: Recording): Promise<void> {
  const { moca } = recording;
  const { code, state, verifier } = await recording.consent('page-token');
  const complete = CompleteInstagramAuthDocument.toString();
  const wrong: Array<[string, object]> = [
    [complete, { code: { code } }],
    [complete, { code: [code, code] }],
    [complete, { code, state, verifier: [verifier] }],
    [complete, { code, state: verifier, verifier: state }],
    [complete, { code: `${code}\u0000`, state, verifier }],
    [complete, { code: code.padEnd(5_000, 'x'), state, verifier }],
    [`mutation { completeInstagramAuth(code: "${code}", state: ${verifier}) { accountId } }`, {}],
    [`mutation { completeInstagramAuth(code: "${code}) { accountId } }`, {}],
    [`query ${verifier}_ { authUrl(challenge: "${verifier}${verifier}") }`, {}],
    [`{ instagramAccount(accountId: "${code}") { accountId } }`, {}],
  ];
  for (const [query, variables] of wrong) {
    await recording.send(query, variables, {});
    await recording.send(query, variables, { authorization: `Bearer ${testSecrets.adminKey}` });
    // A key that is nearly right is a secret too.
    await recording.send(query, variables, { authorization: `Bearer ${testSecrets.adminKey}x` });
    await recording.send(query, variables, { authorization: `Basic ${testSecrets.serviceKey}` });
  }
  for (const path of [`/nowhere?access_token=${code}`, `/instagram-callback?code=${code}&state=${state}`]) {
    const answer = await fetch(`${moca.url}${path}`);
    recording.answers.push({ place: 'a page', text: await answer.text() });
  }
}

/** Meta's calls, good and bad: what they are checked with stays here. Gives the confirmation codes. */
async function bePushed(recording: Recording): Promise<string[]> {
  const { moca } = recording;
  const { push } = moca.sandbox;
  const post = async (path: string, body: string | URLSearchParams, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${moca.url}${path}`, { method: 'POST', body, headers });
    const text = await answer.text();
    // The only answer that is to hold a code.
    if (!text.includes('confirmation_code')) recording.answers.push({ place: `answer to ${path}`, text });
    return text;
  };
  await recording.connect('page-token#90');
  await moca.app.work();
  const { body, headers } = push.sign({ object: 'instagram', entry: [{ id: '1', field: 'x' }] }, 'instagram');
  await post('/webhooks/instagram', body, { ...headers });
  await post('/webhooks/instagram', `${body} `, { ...headers });
  await moca.app.work();
  for (const token of Object.values(pushSecrets)) {
    const query = `hub.mode=subscribe&hub.challenge=1&hub.verify_token=${token}x`;
    const answer = await fetch(`${moca.url}/webhooks/instagram?${query}`);
    recording.answers.push({ place: 'answer to a verification', text: await answer.text() });
  }
  const codes: string[] = [];
  for (const world of ['instagram', 'facebook', 'documented'] as const) {
    for (const path of ['/meta/deauthorize', '/meta/data-deletion']) {
      const signed = push.signRequest({ user_id: '404' }, world);
      const text = await post(path, new URLSearchParams({ signed_request: signed }));
      const code = /"confirmation_code":"(\w+)"/.exec(text)?.[1];
      if (code === undefined) continue;
      codes.push(code);
      const page = await fetch(`${moca.url}/data-deletion/${code}`);
      recording.answers.push({ place: 'the page of a deletion', text: await page.text() });
    }
  }
  expect(codes.length).toBeGreaterThan(0);
  return codes;
}

/** What is still open ends, one account is disconnected and one deleted. */
async function endEverything(recording: Recording): Promise<void> {
  const { moca } = recording;
  const accountId = (await recording.connect('page-token')) ?? '';
  await recording.ask(
    UpdateInstagramAccountSettingsDocument,
    { accountId, settings: { systemPrompt: 'You sell coffee.' } },
    'admin',
  );
  await recording.ask(DisconnectInstagramAccountDocument, { accountId }, 'admin');
  await recording.ask(DeleteInstagramAccountDocument, { accountId }, 'admin');
  moca.clock.advance(2 * HOUR);
  await eventually(async () =>
    expect((await attemptsOf(moca)).filter(({ outcome }) => outcome === 'OPEN')).toEqual([]),
  );
}
