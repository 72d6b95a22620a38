import { expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { HOUR, MINUTE } from '../../src/time.js';
import {
  ACCOUNT_FIELDS,
  authorizationUrl,
  codeOf,
  exchange,
  facebook,
  fbExchange,
  igExchange,
  instagram,
  longToken,
  refusal,
  shortToken,
  tokenIn,
  type WireAnswer,
  type WorldName,
} from './visitor.js';

const worlds: readonly WorldName[] = ['documented', 'instagram', 'facebook'];

test('the personas are these, and each says what to expect in each world', async () => {
  await using sandbox = await createSandbox();
  expect(sandbox.personas.map((persona) => persona.id)).toEqual([
    'page-token',
    'several-pages',
    'two-linked-pages',
    'portfolio-page',
    'late-page',
    'lower-rung-second',
    'code-101',
    'short-lived-only',
    'no-page',
    'page-without-instagram',
    'personal-account',
    'not-a-tester',
    'denied',
    'transient',
    'rate-limited',
    'slow',
    'garbage',
    'used-code',
    'expired-code',
    'big-ids',
    'declined-scope',
    'declined-basic',
  ]);
  for (const persona of sandbox.personas) {
    expect(persona.description).toMatch(/^[A-Z].*\.$/);
    for (const world of worlds) expect(persona.expect[world].length).toBeGreaterThan(5);
  }
});

/** How far a client gets who tries everything once, in Meta's numbers. */
type Outcome = string;

/** One line for each persona: where a patient client ends in the documented, instagram and facebook world. */
const outcomes: Readonly<Record<string, readonly [Outcome, Outcome, Outcome]>> = {
  'page-token': ['page', '60 days', 'page'],
  'several-pages': ['page', '60 days', 'page'],
  'two-linked-pages': ['page', '60 days', 'page'],
  'portfolio-page': ['no linked page', '60 days', 'page'],
  'late-page': ['page', '60 days', 'page'],
  'lower-rung-second': ['page', '60 days', 'page'],
  'code-101': ['60 days', '60 days', 'long-lived refused: 101'],
  'short-lived-only': ['long-lived refused: 3', 'long-lived refused: 3', 'long-lived refused: 3'],
  'no-page': ['no linked page', '60 days', 'no linked page'],
  'page-without-instagram': ['no linked page', '60 days', 'no linked page'],
  'personal-account': ['60 days', '60 days', 'no linked page'],
  'not-a-tester': ['long-lived refused: 100', 'long-lived refused: 100', 'pages refused: 200'],
  denied: ['no code', 'no code', 'no code'],
  transient: ['page', '60 days', 'page'],
  'rate-limited': ['profile refused: 4', 'profile refused: 4', 'pages refused: 4'],
  slow: ['page', '60 days', 'page'],
  garbage: ['long-lived refused: no JSON', 'long-lived refused: no JSON', 'long-lived refused: no JSON'],
  'used-code': ['code refused', 'code refused', 'code refused'],
  'expired-code': ['code refused', 'code refused', 'code refused'],
  'big-ids': ['60 days', '60 days', 'page'],
  'declined-scope': ['page', '60 days', 'page'],
  'declined-basic': ['pages refused: 10', 'profile refused: 10', 'pages refused: 10'],
};

test('every persona has an outcome here', async () => {
  await using sandbox = await createSandbox();
  expect(Object.keys(outcomes)).toEqual(sandbox.personas.map((persona) => persona.id));
});

test.for(Object.entries(outcomes))('%s leads to %o', async ([persona, expected]) => {
  await using sandbox = await createSandbox({ slowMs: 1 });
  const reached: Outcome[] = [];
  for (const world of worlds) reached.push(await connect(sandbox, world, persona));
  expect(reached).toEqual(expected);
});

test('transient answers code 2 to the first call of each endpoint after each consent, but not to the exchange', async () => {
  await using sandbox = await createSandbox();
  for (let consent = 0; consent < 2; consent += 1) {
    const short = await shortToken(sandbox, 'documented', 'transient');
    expect(refusal(await fbExchange(sandbox, 'documented', short))).toMatchObject({ status: 500, code: 2 });
    const token = tokenIn(await fbExchange(sandbox, 'documented', short));
    expect(refusal(await facebook(sandbox, 'me/accounts', token))).toMatchObject({ status: 500, code: 2 });
    expect((await facebook(sandbox, 'me/accounts', token)).status).toBe(200);
  }
});

test('rate-limited can look at the profile again 19 minutes after the first look', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'instagram', 'rate-limited');
  sandbox.clock.advance(30 * MINUTE);
  const limited = await instagram(sandbox, 'me', token);
  expect(refusal(limited)).toMatchObject({ status: 400, code: 4 });
  expect(JSON.parse(limited.headers.get('x-app-usage') ?? '')).toMatchObject({ call_count: 100 });
  expect(regainMinutes(limited)).toBe(19);
  sandbox.clock.advance(10 * MINUTE);
  expect(regainMinutes(await instagram(sandbox, 'me', token))).toBe(9);
  sandbox.clock.advance(9 * MINUTE);
  expect((await instagram(sandbox, 'me', token)).status).toBe(200);
  expect((await instagram(sandbox, 'me', token)).status).toBe(200);
});

test('slow waits for its answers as long as the sandbox is told to, and nobody else does', async () => {
  const sandbox = await createSandbox({ slowMs: HOUR });
  const slow = shortToken(sandbox, 'instagram', 'slow');
  await sandbox.ledger.waitFor({ endpoint: 'code_exchange', persona: 'slow' });
  await shortToken(sandbox, 'instagram', 'page-token');
  expect(sandbox.ledger.last({ persona: 'slow' })).toMatchObject({ status: null });
  // A sandbox that closes ends the wait.
  await sandbox.close();
  await slow;
});

test('slow is answered after its wait', async () => {
  await using sandbox = await createSandbox({ slowMs: 1 });
  expect(await shortToken(sandbox, 'instagram', 'slow')).toMatch(/^IGAA/);
});

test('the answers to garbage are a 200 with text that is no JSON, but for the exchange', async () => {
  await using sandbox = await createSandbox();
  const token = await shortToken(sandbox, 'documented', 'garbage');
  for (const answer of [
    await fbExchange(sandbox, 'documented', token),
    await igExchange(sandbox, 'documented', token),
    await instagram(sandbox, 'me', token),
    await facebook(sandbox, 'me/accounts', token),
  ]) {
    expect(answer.status).toBe(200);
    expect(() => answer.body).toThrow(SyntaxError);
  }
});

test('short-lived-only is refused its long-lived token every time, and can read the profile', async () => {
  await using sandbox = await createSandbox();
  const token = await shortToken(sandbox, 'documented', 'short-lived-only');
  expect(refusal(await fbExchange(sandbox, 'documented', token))).toMatchObject({ code: 101 });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    expect(refusal(await igExchange(sandbox, 'documented', token))).toMatchObject({ status: 400, code: 3 });
  }
  expect((await instagram(sandbox, 'me', token)).status).toBe(200);
});

test('lower-rung-second stays the same person on the lower rung', async () => {
  await using sandbox = await createSandbox({ profileShape: 'flat_string' });
  const first = await longToken(sandbox, 'documented', 'lower-rung-second');
  const { data } = (await facebook(sandbox, 'me/accounts', first, { fields: ACCOUNT_FIELDS })).body;
  const short = await shortToken(sandbox, 'documented', 'lower-rung-second');
  expect(refusal(await fbExchange(sandbox, 'documented', short))).toMatchObject({ code: 101 });
  const second = tokenIn(await igExchange(sandbox, 'documented', short));
  const profile = (await instagram(sandbox, 'me', second, { fields: 'user_id,username' })).body;
  const { id, username } = data[0].instagram_business_account;
  expect(profile).toEqual({ user_id: id, username });
});

test('people have no id in common', async () => {
  await using sandbox = await createSandbox({ profileShape: 'flat_string', slowMs: 1 });
  const ids: string[] = [];
  for (const { id: persona } of sandbox.personas) {
    const back = await sandbox.consent(authorizationUrl(sandbox, 'instagram'), persona);
    const answer = await exchange(sandbox, 'instagram', back.searchParams.get('code') ?? 'none');
    const id = /"user_id":"?(\d+)/.exec(answer.text)?.[1];
    if (id !== undefined) ids.push(id);
  }
  expect(ids).toHaveLength(sandbox.personas.length - ['denied', 'used-code', 'expired-code'].length);
  expect(new Set(ids).size).toBe(ids.length);
});

function regainMinutes(answer: WireAnswer): number | undefined {
  const usage = JSON.parse(answer.headers.get('x-business-use-case-usage') ?? '{}') as Record<
    string,
    { estimated_time_to_regain_access: number }[]
  >;
  return Object.values(usage)[0]?.[0]?.estimated_time_to_regain_access;
}

/** Climbs as far as it goes, and tries everything that says code 2 or comes out empty once more. */
async function connect(sandbox: Sandbox, world: WorldName, persona: string): Promise<Outcome> {
  const back = await sandbox.consent(authorizationUrl(sandbox, world), persona);
  const code = back.searchParams.get('code');
  if (code === null) return 'no code';
  const exchanged = await exchange(sandbox, world, code);
  if (exchanged.status !== 200) return 'code refused';
  const short = tokenIn(exchanged);
  const isFacebook = short.startsWith('EAA');
  const long = await twice(() =>
    isFacebook ? fbExchange(sandbox, world, short) : igExchange(sandbox, world, short),
  );
  if (!hasToken(long)) return `long-lived refused: ${codeIn(long)}`;
  return isFacebook ? findPage(sandbox, tokenIn(long)) : readProfile(sandbox, tokenIn(long));
}

async function readProfile(sandbox: Sandbox, token: string): Promise<Outcome> {
  const profile = await twice(() => instagram(sandbox, 'me', token, { fields: 'id,username' }));
  return profile.status === 200 ? '60 days' : `profile refused: ${codeIn(profile)}`;
}

async function findPage(sandbox: Sandbox, token: string): Promise<Outcome> {
  const lists = ['me/accounts', 'me/accounts'];
  const businesses = await facebook(sandbox, 'me/businesses', token);
  for (const { id } of businesses.status === 200 ? businesses.body.data : []) {
    lists.push(`${id}/owned_pages`, `${id}/client_pages`);
  }
  for (const list of lists) {
    for (let after: string | null = ''; after !== null;) {
      const params = { fields: ACCOUNT_FIELDS, after };
      const answer = await twice(() => facebook(sandbox, list, token, params));
      if (answer.status !== 200) return `pages refused: ${codeIn(answer)}`;
      const { data, paging } = answer.body;
      if (data.some((page: object) => 'instagram_business_account' in page)) return 'page';
      after = paging?.next === undefined ? null : paging.cursors.after;
    }
  }
  return 'no linked page';
}

async function twice(call: () => Promise<WireAnswer>): Promise<WireAnswer> {
  const answer = await call();
  return answer.status === 500 ? call() : answer;
}

function hasToken(answer: WireAnswer): boolean {
  return answer.text.includes('"access_token"');
}

function codeIn(answer: WireAnswer): string {
  return answer.text.startsWith('{') ? String(refusal(answer).code) : 'no JSON';
}

test('a code that was handed out used or expired says so in the facebook world', async () => {
  await using sandbox = await createSandbox();
  const used = await exchange(sandbox, 'facebook', await codeOf(sandbox, 'facebook', 'used-code'));
  const expired = await exchange(sandbox, 'facebook', await codeOf(sandbox, 'facebook', 'expired-code'));
  expect([refusal(used).subcode, refusal(expired).subcode]).toEqual([36_009, 36_007]);
});

test('rate-limited waits anew after a consent that comes when the wait is over, and goes on waiting before', async () => {
  await using sandbox = await createSandbox();
  await instagram(sandbox, 'me', await longToken(sandbox, 'instagram', 'rate-limited'));
  sandbox.clock.advance(18 * MINUTE);
  const early = await longToken(sandbox, 'instagram', 'rate-limited');
  expect(regainMinutes(await instagram(sandbox, 'me', early))).toBe(1);
  sandbox.clock.advance(MINUTE);
  const late = await longToken(sandbox, 'instagram', 'rate-limited');
  expect(regainMinutes(await instagram(sandbox, 'me', late))).toBe(19);
});
