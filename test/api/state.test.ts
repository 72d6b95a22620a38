import { expect, test } from 'vitest';
import type { ErrorCode } from '../../src/errors.js';
import { MINUTE, SECOND } from '../../src/time.js';
import { accountOf, attemptsOf, callCounts, complete, refused } from '../support/outcome.js';
import {
  challengeOf,
  createVerifier,
  foreignState,
  readState,
  sealedState,
  withPayload,
} from '../support/states.js';
import { createTestApp, type Callback, type TestApp } from '../support/test-app.js';

type Policy = 'optional' | 'required';

interface Attack {
  readonly name: string;
  readonly codes: Readonly<Record<Policy, ErrorCode>>;
  /** What the attacker, or the confused page, sends in the place of a good callback. */
  readonly mount: (moca: TestApp, good: Callback) => Callback;
}

const INVALID = { optional: 'STATE_INVALID', required: 'STATE_INVALID' } as const;
const MISSING = { optional: 'STATE_INVALID', required: 'STATE_REQUIRED' } as const;

const attacks: readonly Attack[] = [
  {
    name: 'forged: the right shape under an invented signature',
    codes: INVALID,
    mount: (moca, good) => {
      const [version, keyId, payload] = sealedState(moca.clock.now()).split('.');
      return { ...good, state: [version, keyId, payload, challengeOf('invented')].join('.') };
    },
  },
  {
    name: 'sealed with another key under the id of ours',
    codes: INVALID,
    mount: (moca, good) => withState(good, foreignState(moca.clock.now(), 'test', challenging(good))),
  },
  {
    name: 'sealed with a key whose id the ring does not have',
    codes: INVALID,
    mount: (moca, good) => withState(good, foreignState(moca.clock.now(), 'elsewhere', challenging(good))),
  },
  {
    name: "tampered: the attacker's challenge in the payload",
    codes: INVALID,
    mount: (_moca, good) => {
      const verifier = createVerifier();
      return {
        ...good,
        verifier,
        state: withPayload(good.state ?? '', { ch: challengeOf(verifier) }),
      };
    },
  },
  {
    name: 'tampered: a later end in the payload',
    codes: INVALID,
    mount: (_moca, good) =>
      withState(good, withPayload(good.state ?? '', { exp: Date.now() + 1_000 * MINUTE })),
  },
  {
    name: 'expired',
    codes: { optional: 'STATE_EXPIRED', required: 'STATE_EXPIRED' },
    mount: (moca, good) => {
      moca.clock.advance(16 * MINUTE + SECOND);
      return good;
    },
  },
  {
    name: 'of another flow',
    codes: INVALID,
    mount: (moca, good) =>
      withState(good, sealedState(moca.clock.now(), { ...challenging(good), flow: 'facebook' })),
  },
  {
    name: 'of another redirect URI',
    codes: INVALID,
    mount: (moca, good) =>
      withState(
        good,
        sealedState(moca.clock.now(), { ...challenging(good), redirectUri: 'https://moca.pages.dev/other' }),
      ),
  },
  {
    name: 'with the verifier of another page',
    codes: INVALID,
    mount: (_moca, good) => ({ ...good, verifier: createVerifier() }),
  },
  { name: 'without its verifier', codes: MISSING, mount: (_moca, good) => ({ ...good, verifier: null }) },
  {
    name: 'missing, though its verifier is there',
    codes: MISSING,
    mount: (_moca, good) => ({ ...good, state: null }),
  },
  {
    name: 'made without a challenge, for which a verifier is brought',
    codes: INVALID,
    mount: (moca, good) => withState(good, sealedState(moca.clock.now())),
  },
  { name: 'empty', codes: INVALID, mount: (_moca, good) => withState(good, '') },
  {
    name: 'without its signature',
    codes: INVALID,
    mount: (_moca, good) => withState(good, (good.state ?? '').split('.').slice(0, 3).join('.')),
  },
  {
    name: 'with a part too many',
    codes: INVALID,
    mount: (_moca, good) => withState(good, `${good.state}.more`),
  },
  {
    name: 'of another version',
    codes: INVALID,
    mount: (_moca, good) => withState(good, (good.state ?? '').replace('s1.', 's2.')),
  },
  {
    name: 'no text of ours at all',
    codes: INVALID,
    mount: (_moca, good) => withState(good, 'null ✓ %00'),
  },
  { name: 'of 20 kB', codes: INVALID, mount: (_moca, good) => withState(good, 'x'.repeat(20_000)) },
  {
    name: 'good, with 20 kB behind it',
    codes: INVALID,
    mount: (_moca, good) => withState(good, `${good.state}${'x'.repeat(20_000)}`),
  },
];

const matrix = attacks.flatMap((attack) =>
  (['optional', 'required'] as const).map((policy) => ({ ...attack, policy, code: attack.codes[policy] })),
);

test.each(matrix)(
  'With OAUTH_STATE=$policy, a state that is $name is refused with $code, before anything is written or Meta is called.',
  async ({ policy, code, mount }) => {
    await using moca = await createTestApp({ env: { OAUTH_STATE: policy } });
    const attempt = mount(moca, await moca.consent('page-token'));
    const { extensions, message } = await refused(moca, attempt);
    expect(extensions).toMatchObject({ code, retryable: false });
    expect(extensions.userAction).toMatch(/^Start the connection again/);
    expect(message).not.toContain(attempt.code);
    expect(callCounts(moca.sandbox)).toEqual({});
    expect(await attemptsOf(moca)).toEqual([]);
    // The code is not spent by it, and can still be completed by whoever has a state.
    const fresh = await moca.consent('no-page');
    expect(await complete(moca, { ...fresh, code: attempt.code })).toEqual({
      accountId: '17841405500000001',
    });
  },
);

test.each(['optional', 'required'] as const)(
  'With OAUTH_STATE=%s, a state that came before with another code is refused with STATE_REUSED, and Meta never sees the second code.',
  async (policy) => {
    await using moca = await createTestApp({ env: { OAUTH_STATE: policy } });
    const first = await moca.consent('page-token');
    await complete(moca, first);
    moca.sandbox.ledger.clear();
    const second = await moca.consent('several-pages');
    const { extensions } = await refused(moca, { ...first, code: second.code });
    expect(extensions).toMatchObject({ code: 'STATE_REUSED', retryable: false });
    expect(callCounts(moca.sandbox)).toEqual({});
    expect(await attemptsOf(moca)).toHaveLength(1);
    // The first connection is none the worse for it.
    expect(await complete(moca, first)).toEqual({ accountId: '17841405500000001' });
  },
);

test('With OAUTH_STATE=required, a bare code is refused with STATE_REQUIRED and is not spent.', async () => {
  await using moca = await createTestApp({ env: { OAUTH_STATE: 'required' } });
  const { code, ...rest } = await moca.consent('page-token');
  expect((await refused(moca, { code })).extensions).toMatchObject({
    code: 'STATE_REQUIRED',
    retryable: false,
  });
  expect(callCounts(moca.sandbox)).toEqual({});
  expect(await attemptsOf(moca)).toEqual([]);
  expect(await complete(moca, { code, ...rest })).toEqual({ accountId: '17841405500000001' });
});

test('With OAUTH_STATE=optional, a bare code connects, and the log says that nothing binds it.', async () => {
  await using moca = await createTestApp();
  const { code } = await moca.consent('page-token');
  expect(await complete(moca, { code })).toEqual({ accountId: '17841405500000001' });
  expect(unbound(moca)).toEqual(['completeInstagramAuth']);
});

test('A state without a challenge connects where it is allowed, and the log says that nothing binds it.', async () => {
  await using moca = await createTestApp();
  const { code } = await moca.consent('page-token');
  const state = sealedState(moca.clock.now());
  expect(await complete(moca, { code, state })).toEqual({ accountId: '17841405500000001' });
  expect(unbound(moca)).toEqual(['completeInstagramAuth']);
});

test('A connection that is bound by a verifier is not logged as unbound.', async () => {
  await using moca = await createTestApp({ env: { OAUTH_STATE: 'required' } });
  const account = await moca.connect('page-token');
  expect((await accountOf(moca, account.accountId)).accountName).toBe('moca_page_token');
  expect(unbound(moca)).toEqual([]);
});

test.each([
  { after: 15 * MINUTE, accepted: true },
  { after: 16 * MINUTE, accepted: true },
  { after: 16 * MINUTE + 1, accepted: false },
])(
  'A state lives for 15 minutes, and a minute more for clocks that differ: $after ms later, that it is accepted is $accepted indeed.',
  async ({ after, accepted }) => {
    await using moca = await createTestApp({ env: { OAUTH_STATE: 'required' } });
    const callback = await moca.consent('page-token');
    moca.clock.advance(after);
    const completion = await complete(moca, callback);
    expect('accountId' in completion).toBe(accepted);
  },
);

test('A state of an older key of the ring is still accepted after the ring got a new first key.', async () => {
  await using moca = await createTestApp({ env: { OAUTH_STATE: 'required' } });
  const callback = await moca.consent('page-token');
  const newKey = Buffer.alloc(32, challengeOf(createVerifier())).toString('base64');
  await moca.restart({}, { TOKEN_ENCRYPTION_KEYS: `newer:${newKey},${moca.env['TOKEN_ENCRYPTION_KEYS']}` });
  expect(callback.state).toMatch(/^s1\.test\./);
  expect(await complete(moca, callback)).toEqual({ accountId: '17841405500000001' });
  const { state } = await moca.consent('page-token');
  expect(state).toMatch(/^s1\.newer\./);
});

test('A state tells nothing of a person, and no two are the same.', async () => {
  await using moca = await createTestApp();
  const states = [(await moca.consent('page-token')).state, (await moca.consent('page-token')).state];
  expect(new Set(states).size).toBe(2);
  for (const state of states) {
    expect(state?.length).toBeLessThan(512);
    expect(Object.keys(readState(state ?? '')).sort()).toEqual(['ch', 'exp', 'flow', 'n', 'ru']);
  }
});

function withState(good: Callback, state: string): Callback {
  return { ...good, state };
}

function challenging({ verifier }: Callback): { challenge: string } {
  return { challenge: challengeOf(verifier ?? '') };
}

/** Which calls the log calls unbound. */
function unbound({ log }: TestApp): unknown[] {
  return log
    .map((line) => JSON.parse(line) as { event?: string; call?: string })
    .flatMap(({ event, call }) => (event === 'auth.unbound' ? [call] : []));
}
