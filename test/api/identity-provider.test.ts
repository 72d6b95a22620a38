import { createPublicKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import {
  AccountHistoryDocument,
  InstagramAccessTokenDocument,
  UpdateInstagramAccountSettingsDocument,
} from '../../src/generated/graphql.js';
import { accessTable } from '../../src/graphql/access.js';
import { buildGraphQLSchema } from '../../src/graphql/build-schema.js';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/time.js';
import { askField } from '../support/ask-field.js';
import { Client } from '../support/client.js';
import { postOperation, type Answer } from '../support/http.js';
import { createIdentityProvider, createSigner, type IdentityProvider } from '../support/identity-provider.js';
import { leaksIn } from '../support/leaks.js';
import { scrape } from '../support/scrape.js';
import { createTestApp, testSecrets, type TestApp } from '../support/test-app.js';
import { TestClock } from '../support/test-clock.js';

interface Setting extends AsyncDisposable {
  readonly moca: TestApp;
  readonly provider: IdentityProvider;
}

/** A server and the provider whose tokens it takes, on one clock. */
async function createSetting(alg?: string): Promise<Setting> {
  // The server's clock is made with it; the provider reads it later.
  const clock = { now: () => moca.clock.now(), sleep: () => Promise.resolve() };
  const provider = await createIdentityProvider(clock, alg);
  const moca = await createTestApp({ env: provider.env });
  return {
    moca,
    provider,
    [Symbol.asyncDispose]: async () => {
      await moca[Symbol.asyncDispose]();
      await provider[Symbol.asyncDispose]();
    },
  };
}

/** What an admin may ask, and a service may not. */
const STATS = '{ instagramAccountStats { total } }';

function ask(moca: TestApp, token: string, query = STATS): Promise<Answer> {
  return postOperation(moca, { query }, { authorization: `Bearer ${token}` });
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('A token of the identity provider', () => {
  test.each(['RS256', 'PS512', 'ES256', 'EdDSA'])('is taken when it is signed by %s.', async (alg) => {
    await using setting = await createSetting(alg);
    const { moca, provider } = setting;
    expect((await ask(moca, await provider.token('admin'))).code).toBeNull();
    expect((await ask(moca, await provider.token('service'))).code).toBe('FORBIDDEN');
  });

  test('opens every field of Query and Mutation to its role as the access table has it.', async () => {
    await using setting = await createSetting();
    const { moca, provider } = setting;
    const schema = buildGraphQLSchema();
    const roots = Object.entries(accessTable).filter(([name]) => /^(Query|Mutation)\./.test(name));
    expect(roots.length).toBeGreaterThan(10);
    for (const role of ['admin', 'service'] as const) {
      const token = await provider.token(role);
      for (const [name, access] of roots) {
        const { code } = await ask(moca, token, askField(schema, name));
        const outcome = code === 'FORBIDDEN' || code === 'UNAUTHENTICATED' ? code : 'answered';
        const expected = access.includes(role) ? 'answered' : 'FORBIDDEN';
        expect({ role, name, outcome }).toEqual({ role, name, outcome: expected });
      }
    }
  });

  test('may hold its roles as a list or as one text, beside others; an admin is an admin.', async () => {
    await using setting = await createSetting();
    const { moca, provider } = setting;
    const codeFor = async (roles: unknown) =>
      (await ask(moca, await provider.token(null, { claims: { roles } }))).code;
    for (const roles of ['admin', 'service admin', 'service,admin', ['x', 'admin'], ['service', 'admin']]) {
      expect({ roles, code: await codeFor(roles) }).toEqual({ roles, code: null });
    }
    for (const roles of ['service', ['service'], ['service', 'x'], 'x service']) {
      expect({ roles, code: await codeFor(roles) }).toEqual({ roles, code: 'FORBIDDEN' });
    }
  });

  test('of both roles may do what either may, and is an admin to the history.', async () => {
    await using setting = await createSetting();
    const { moca, provider } = setting;
    const { accountId } = await moca.connect('page-token');
    const token = await provider.token(null, { claims: { roles: ['service', 'admin'] } });
    const read = `{ instagramAccessToken(accountId: "${accountId}") { accessToken } }`;
    expect((await ask(moca, token, read)).code).toBeNull();
    expect((await ask(moca, token)).code).toBeNull();
    const { instagramAccount } = await moca.admin.send(AccountHistoryDocument, { accountId, first: 1 });
    const [newest] = instagramAccount?.history.edges ?? [];
    expect(`${newest?.node.type} ${newest?.node.actor}`).toMatch(/^token_read admin:/);
  });

  test('without a role that is known is forbidden everything, and is told why.', async () => {
    await using setting = await createSetting();
    const { moca, provider } = setting;
    for (const roles of [
      undefined,
      [],
      '',
      'Admin',
      ['administrator'],
      { admin: true },
      [['admin']],
      1,
      null,
    ]) {
      const token = await provider.token(null, { claims: { roles } });
      expect(await ask(moca, token)).toMatchObject({ code: 'FORBIDDEN' });
      const { code, text } = await ask(moca, token, '{ authUrl }');
      expect({ roles, code }).toEqual({ roles, code: 'FORBIDDEN' });
      expect(text).toContain('The token has no role');
    }
  });

  test('gives its subject to the history and to nothing else that counts.', async () => {
    await using setting = await createSetting();
    const { moca, provider } = setting;
    const { accountId } = await moca.connect('page-token');
    const client = (token: string): Client => new Client(() => moca.url, token);
    const settings = { toneOfVoice: 'Warm.' };
    for (const sub of ['auth0|grace', `https://id.example/${'x'.repeat(120)}`, 'Grace <script>']) {
      const admin = client(await provider.token('admin', { claims: { sub } }));
      await admin.send(UpdateInstagramAccountSettingsDocument, { accountId, settings });
    }
    const service = client(await provider.token('service', { claims: { sub: 'worker-7' } }));
    await service.send(InstagramAccessTokenDocument, { accountId });
    const { instagramAccount } = await moca.admin.send(AccountHistoryDocument, { accountId, first: 4 });
    const actors = instagramAccount?.history.edges.map(({ node }) => node.actor).toReversed();
    expect(actors).toEqual([
      'admin:auth0|grace',
      expect.stringMatching(/^admin:sha256:[0-9a-f]{32}$/),
      expect.stringMatching(/^admin:sha256:[0-9a-f]{32}$/),
      'service:worker-7',
    ]);
    // The provider names as many subjects as it likes.
    const { series } = await scrape(moca);
    expect(series('moca_connect_token_reads_total')).toEqual({ 'PAGE/other': 1 });
  });

  test('lets its bearer look at the schema, and one that is not valid does not.', async () => {
    await using setting = await createSetting();
    const { moca, provider } = setting;
    const query = '{ __schema { queryType { name } } }';
    expect((await ask(moca, await provider.token('service'), query)).code).toBeNull();
    const old = await provider.token('admin', { claims: { exp: 1 } });
    expect((await ask(moca, old, query)).code).toBe('UNAUTHENTICATED');
    expect((await ask(moca, await provider.token('x'), query)).code).toBe('FORBIDDEN');
  });
});

describe('A token is refused', () => {
  const nowSeconds = (moca: TestApp): number => Math.floor(moca.clock.now().getTime() / SECOND);

  test('when a claim is not as it has to be, and the same everywhere.', async () => {
    await using setting = await createSetting();
    const { moca, provider } = setting;
    const now = nowSeconds(moca);
    const bad: ReadonlyArray<Readonly<Record<string, unknown>>> = [
      { iss: 'https://elsewhere.example/' },
      { iss: provider.issuer.slice(0, -1) },
      { iss: undefined },
      { iss: [provider.issuer] },
      { aud: 'another-api' },
      { aud: ['a', 'b'] },
      { aud: undefined },
      { exp: undefined },
      { exp: now - 31 },
      { exp: String(now + 600) },
      { nbf: now + 31 },
      { nbf: 'tomorrow' },
      { sub: undefined },
      { sub: '' },
      { sub: 17 },
    ];
    for (const claims of bad) {
      const token = await provider.token('admin', { claims });
      for (const query of [STATS, '{ authUrl }']) {
        const { code, text } = await ask(moca, token, query);
        expect({ claims, code }).toEqual({ claims, code: 'UNAUTHENTICATED' });
        expect(text).not.toContain(token);
      }
    }
  });

  test('from its end on, give or take half a minute, by the clock of this server.', async () => {
    await using setting = await createSetting();
    const { moca, provider } = setting;
    const early = await provider.token('admin', { claims: { nbf: nowSeconds(moca) + 29 } });
    expect((await ask(moca, early)).code).toBeNull();
    const token = await provider.token('admin');
    expect((await ask(moca, token)).code).toBeNull();
    moca.clock.advance(10 * MINUTE + 29 * SECOND);
    expect((await ask(moca, token)).code).toBeNull();
    moca.clock.advance(SECOND);
    const client = new Client(() => moca.url, token);
    expect((await client.failRaw(STATS)).extensions).toMatchObject({
      code: 'UNAUTHENTICATED',
      reason: 'token_expired',
      retryable: false,
    });
  });

  test('when its signature is not the one of the provider.', async () => {
    await using setting = await createSetting();
    const { moca, provider } = setting;
    const good = await provider.token('admin');
    const [header = '', payload = '', signature = ''] = good.split('.');
    const { signer } = provider;
    const stranger = await createSigner('RS256');
    const publicPem = createPublicKey({ key: signer.jwk as object, format: 'jwk' })
      .export({ type: 'spki', format: 'pem' })
      .toString();
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const confused = (secret: Uint8Array): Promise<string> =>
      new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: signer.kid }).sign(secret);
    const forged: Readonly<Record<string, string>> = {
      'another key under the same id': await provider.token('admin', {
        signer: { ...stranger, kid: signer.kid },
      }),
      'an unknown key': await provider.token('admin', { signer: stranger }),
      'a key that the token brings along': await provider.token('admin', {
        signer: { ...stranger, kid: signer.kid },
        header: { jwk: stranger.jwk },
      }),
      'no algorithm': `${base64url({ alg: 'none', kid: signer.kid })}.${payload}.`,
      'no algorithm in capitals, and a signature': `${base64url({ alg: 'NONE' })}.${payload}.${signature}`,
      'the public key as a shared secret': await confused(Buffer.from(publicPem)),
      'the modulus as a shared secret': await confused(Buffer.from(signer.jwk.n ?? '', 'base64url')),
      'another role under the same signature': `${header}.${base64url({ ...claims, roles: ['admin', 'x'] })}.${signature}`,
      'no signature': `${header}.${payload}.`,
      'half a signature': good.slice(0, -100),
      'an extension that has to be understood': `${base64url({ alg: 'RS256', kid: signer.kid, crit: ['x'], x: 1 })}.${payload}.${signature}`,
    };
    for (const [what, token] of Object.entries(forged)) {
      expect({ what, code: (await ask(moca, token)).code }).toEqual({ what, code: 'UNAUTHENTICATED' });
    }
    expect((await ask(moca, good)).code).toBeNull();
    // They were refused before: nobody has to be asked of an algorithm that is not taken.
    expect(provider.fetches).toBe(1);
  });

  test('when it is no token at all.', async () => {
    await using setting = await createSetting();
    const { moca, provider } = setting;
    for (const garbage of [
      'a.b.c',
      '..',
      'e30.e30.e30',
      'x'.repeat(48),
      `${base64url({ alg: 1 })}.e30.`,
      'é.é.é',
    ]) {
      const { code } = await ask(moca, encodeURI(garbage));
      expect({ garbage, code }).toEqual({ garbage, code: 'UNAUTHENTICATED' });
    }
    expect(provider.fetches).toBe(0);
  });

  test('whatever it is, when no identity provider is configured.', async () => {
    await using provider = await createIdentityProvider(new TestClock());
    await using moca = await createTestApp();
    expect((await ask(moca, await provider.token('admin'))).code).toBe('UNAUTHENTICATED');
    expect(provider.fetches).toBe(0);
  });
});

describe("The provider's keys", () => {
  test('are fetched once for many tokens, and not at all for API keys.', async () => {
    await using setting = await createSetting();
    const { moca, provider } = setting;
    expect((await ask(moca, testSecrets.adminKey)).code).toBeNull();
    expect(provider.fetches).toBe(0);
    const tokens = await Promise.all(
      Array.from({ length: 10 }, (_, index) => provider.token('admin', { claims: { sub: `${index}` } })),
    );
    const answers = await Promise.all(tokens.map((token) => ask(moca, token)));
    expect(answers.map(({ code }) => code)).toEqual(tokens.map(() => null));
    expect(provider.fetches).toBe(1);
  });

  test('may be rotated: a new one is looked for, but no more than twice a minute.', async () => {
    await using setting = await createSetting();
    const { moca, provider } = setting;
    const before = await provider.token('admin');
    expect((await ask(moca, before)).code).toBeNull();
    await provider.rotate();
    const after = await provider.token('admin');
    for (let index = 0; index < 5; index += 1) expect((await ask(moca, after)).code).toBe('UNAUTHENTICATED');
    expect(provider.fetches).toBe(1);
    moca.clock.advance(30 * SECOND);
    expect((await ask(moca, after)).code).toBeNull();
    expect((await ask(moca, before)).code).toBeNull();
    expect(provider.fetches).toBe(2);
  });

  test('that are taken back are soon not trusted any more, not even for a token that was seen before.', async () => {
    await using setting = await createSetting();
    const { moca, provider } = setting;
    const claims = { exp: Math.floor(moca.clock.now().getTime() / SECOND) + 86_400 };
    const token = await provider.token('admin', { claims });
    expect((await ask(moca, token)).code).toBeNull();
    await provider.rotate({ keepOld: false });
    moca.clock.advance(10 * MINUTE - 1);
    expect((await ask(moca, token)).code).toBeNull();
    moca.clock.advance(1);
    expect((await ask(moca, token)).code).toBe('UNAUTHENTICATED');
  });

  test('that were fetched while the clock ran ahead are fetched again, at once, when it is set back.', async () => {
    await using setting = await createSetting();
    const { moca, provider } = setting;
    const claims = { exp: Math.floor(moca.clock.now().getTime() / SECOND) + 7_200 };
    const token = await provider.token('admin', { claims });
    moca.clock.advance(HOUR);
    expect((await ask(moca, token)).code).toBeNull();
    moca.clock.advance(-HOUR);
    await provider.rotate({ keepOld: false });
    expect((await ask(moca, token)).code).toBe('UNAUTHENTICATED');
    expect((await ask(moca, await provider.token('admin'))).code).toBeNull();
    expect(provider.fetches).toBe(2);
  });

  test('are asked for at once when the clock is set back after they could not be had.', async () => {
    await using setting = await createSetting();
    const { moca, provider } = setting;
    provider.answerWith({ status: 503 });
    moca.clock.advance(HOUR);
    expect((await ask(moca, await provider.token('admin'))).code).toBe('INTERNAL_SERVER_ERROR');
    moca.clock.advance(-HOUR);
    provider.answerWith(null);
    expect((await ask(moca, await provider.token('admin'))).code).toBeNull();
  });

  const troubles = {
    'an error': { status: 503 },
    'a redirect': { status: 302 },
    'no JSON': { status: 200, body: '<html>' },
    'no key set': { status: 200, body: '{"keys":1}' },
    'a flood': { status: 200, body: `{"keys":[],"x":"${'x'.repeat(300 * 1_024)}"}` },
    nothing: 'nothing',
  } as const;

  test.each(Object.entries(troubles))(
    'that cannot be had (%s) make nobody a stranger: the call can be repeated, and API keys work.',
    async (_what, trouble) => {
      await using setting = await createSetting();
      const { moca, provider } = setting;
      provider.answerWith(trouble);
      const token = await provider.token('admin');
      const client = new Client(() => moca.url, token);
      const { extensions } = await client.failRaw(STATS);
      expect(extensions).toMatchObject({
        code: 'INTERNAL_SERVER_ERROR',
        retryable: true,
        retryAfterSeconds: 5,
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
      expect(moca.log.filter((line) => line.includes(extensions.id ?? ''))).toEqual([
        expect.stringContaining('could not be fetched'),
      ]);
      expect((await ask(moca, testSecrets.adminKey)).code).toBeNull();
      // The provider is left alone for a while.
      expect((await ask(moca, token)).code).toBe('INTERNAL_SERVER_ERROR');
      expect(provider.fetches).toBe(1);
      provider.answerWith(null);
      moca.clock.advance(5 * SECOND);
      expect((await ask(moca, token)).code).toBeNull();
    },
  );

  test('of before serve for a day while the provider is away; what needs a newer one can be repeated.', async () => {
    await using setting = await createSetting();
    const { moca, provider } = setting;
    const { signer: old } = provider;
    const code = async (sub: string, signer = provider.signer) =>
      (await ask(moca, await provider.token('admin', { signer, claims: { sub } }))).code;
    expect(await code('one')).toBeNull();
    provider.answerWith({ status: 503 });
    await provider.rotate();
    moca.clock.advance(DAY - 1);
    expect(await code('two', old)).toBeNull();
    expect(await code('three')).toBe('INTERNAL_SERVER_ERROR');
    moca.clock.advance(1);
    expect(await code('four', old)).toBe('INTERNAL_SERVER_ERROR');
  });

  test('may be of a kind that is too weak: that is nobody’s invalid token either.', async () => {
    await using setting = await createSetting();
    const { moca, provider } = setting;
    const { kid } = provider.signer;
    const weak = { kty: 'RSA', kid, alg: 'RS256', n: Buffer.alloc(64, 7).toString('base64url'), e: 'AQAB' };
    provider.answerWith({ status: 200, body: JSON.stringify({ keys: [weak] }) });
    const { extensions } = await new Client(() => moca.url, await provider.token('admin')).failRaw(STATS);
    expect(extensions).toMatchObject({ code: 'INTERNAL_SERVER_ERROR', retryable: true });
  });
});

test('No token stands in the log or in an answer, taken or refused.', async () => {
  await using setting = await createSetting();
  const { moca, provider } = setting;
  const tokens = [
    await provider.token('admin'),
    await provider.token('x'),
    await provider.token('admin', { claims: { exp: 1 } }),
    await provider.token('admin', { signer: await createSigner('RS256') }),
  ];
  const answers: Answer[] = [];
  for (const token of tokens) {
    for (const query of [STATS, '{ authUrl }', '{ nothing }', '{'])
      answers.push(await ask(moca, token, query));
  }
  const parts = tokens.flatMap((token) => [token, ...token.split('.').slice(1)]);
  expect(leaksIn(moca.log.join('') + answers.map(({ text }) => text).join(''), parts)).toEqual([]);
  const refused = moca.log
    .filter((line) => line.includes('auth.token_refused'))
    .map((line) => JSON.parse(line) as object);
  expect(refused).toContainEqual(expect.objectContaining({ reason: 'ERR_JWT_EXPIRED', claim: 'exp' }));
});
