import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.js';
import { HOUR } from '../../src/time.js';
import * as visitor from './visitor.js';

const fixtures = join(import.meta.dirname, 'fixtures');

interface Scenario {
  readonly options?: SandboxOptions;
  /** Brings the sandbox to answer what the fixture holds; gives the body's (or header's) text. */
  play(sandbox: Sandbox): Promise<visitor.WireAnswer | string>;
}

/** Every fixture by its file's name. */
const scenarios: Readonly<Record<string, Scenario>> = {
  'code-exchange.flat-array': exchangeShaped('flat_array'),
  'code-exchange.flat-string': exchangeShaped('flat_string'),
  'code-exchange.wrapped-number': exchangeShaped('wrapped_number'),
  'code-exchange.wrapped-string': exchangeShaped('wrapped_string'),
  'code-exchange.unknown-code': {
    play: (sandbox) => visitor.exchange(sandbox, 'instagram', 'never-given-out'),
  },
  'code-exchange.used-code': { play: (sandbox) => exchangeAs(sandbox, 'instagram', 'used-code') },
  'code-exchange.other-redirect-uri': {
    play: (sandbox) => exchangeWithOtherRedirectUri(sandbox, 'instagram'),
  },
  'code-exchange.missing-field': {
    play: (sandbox) => visitor.send('POST', `${sandbox.hosts.instagramApi}/oauth/access_token`),
  },
  'code-exchange.invalid-platform-app': { play: exchangeWithFacebookApp },
  'code-exchange.invalid-platform-app.graph-shape': {
    options: { errorShape: 'graph' },
    play: exchangeWithFacebookApp,
  },
  'facebook-code-exchange': { play: (sandbox) => exchangeAs(sandbox, 'facebook', 'page-token') },
  'facebook-code-exchange.expired-code': {
    play: (sandbox) => exchangeAs(sandbox, 'facebook', 'expired-code'),
  },
  'facebook-code-exchange.used-code': { play: (sandbox) => exchangeAs(sandbox, 'facebook', 'used-code') },
  'facebook-code-exchange.other-redirect-uri': {
    play: (sandbox) => exchangeWithOtherRedirectUri(sandbox, 'facebook'),
  },
  'facebook-code-exchange.client-secret': {
    play: (sandbox) =>
      visitor.get(`${sandbox.hosts.facebookGraph}/oauth/access_token`, {
        ...visitor.exchangeFields(sandbox, 'facebook', 'whatever'),
        client_secret: 'wrong',
      }),
  },
  'fb-exchange-token': {
    play: async (sandbox) =>
      visitor.fbExchange(sandbox, 'facebook', await visitor.shortToken(sandbox, 'facebook', 'page-token')),
  },
  'fb-exchange-token.instagram-app-id': {
    play: (sandbox) => visitor.fbExchange(sandbox, 'instagram', 'junk'),
  },
  'fb-exchange-token.unknown-app': {
    play: (sandbox) =>
      visitor.get(`${sandbox.hosts.facebookGraph}/oauth/access_token`, {
        grant_type: 'fb_exchange_token',
        client_id: '1',
        client_secret: 'wrong',
        fb_exchange_token: 'junk',
      }),
  },
  'fb-exchange-token.junk-token': { play: (sandbox) => visitor.fbExchange(sandbox, 'facebook', 'junk') },
  'ig-exchange-token': {
    play: async (sandbox) =>
      visitor.igExchange(sandbox, 'instagram', await visitor.shortToken(sandbox, 'instagram', 'page-token')),
  },
  'refresh-access-token': {
    play: async (sandbox) => {
      const token = await visitor.longToken(sandbox, 'instagram', 'page-token');
      sandbox.clock.advance(24 * HOUR);
      return visitor.igRefresh(sandbox, token);
    },
  },
  'unsupported-request': { play: (sandbox) => visitor.instagram(sandbox, 'me', '') },
  'cannot-parse-token': {
    play: async (sandbox) =>
      visitor.facebook(sandbox, 'me', await visitor.shortToken(sandbox, 'instagram', 'page-token')),
  },
  'token-expired': {
    play: async (sandbox) => {
      const token = await visitor.shortToken(sandbox, 'instagram', 'page-token');
      sandbox.clock.advance(HOUR);
      return visitor.instagram(sandbox, 'me', token);
    },
  },
  'me-accounts': { play: (sandbox) => accountsOf(sandbox, 'page-token') },
  'me-accounts.empty': { play: (sandbox) => accountsOf(sandbox, 'no-page') },
  'page-profile': {
    play: async (sandbox) => {
      const token = await visitor.longToken(sandbox, 'facebook', 'page-token');
      const [page] = (await visitor.facebook(sandbox, 'me/accounts', token)).body.data;
      return visitor.facebook(sandbox, page.id, page.access_token, { fields: 'instagram_business_account' });
    },
  },
  'ig-me.wrapped': {
    options: { profileShape: 'wrapped_string' },
    play: (sandbox) => profileOf(sandbox, 'user_id,username'),
  },
  'ig-me.flat': {
    options: { profileShape: 'flat_string' },
    play: (sandbox) => profileOf(sandbox, 'user_id,username,id'),
  },
  'me-permissions': {
    play: async (sandbox) =>
      visitor.facebook(
        sandbox,
        'me/permissions',
        await visitor.longToken(sandbox, 'facebook', 'declined-scope'),
      ),
  },
  'me-permissions.deleted': {
    play: async (sandbox) =>
      visitor.send('DELETE', `${sandbox.hosts.facebookGraph}/me/permissions`, {
        access_token: await visitor.longToken(sandbox, 'facebook', 'page-token'),
      }),
  },
  'debug-token': {
    play: async (sandbox) => {
      const { clientId, clientSecret } = sandbox.apps.facebook;
      const scope = 'public_profile,instagram_basic,pages_show_list';
      const input_token = await visitor.longToken(sandbox, 'facebook', 'page-token', { scope });
      return visitor.facebook(sandbox, 'debug_token', `${clientId}|${clientSecret}`, { input_token });
    },
  },
  'appsecret-proof.invalid': {
    play: async (sandbox) => {
      const token = await visitor.longToken(sandbox, 'facebook', 'page-token');
      return visitor.facebook(sandbox, 'me', token, { appsecret_proof: 'wrong' });
    },
  },
  'appsecret-proof.missing': {
    options: { requiresAppSecretProof: true },
    play: (sandbox) => accountsOf(sandbox, 'page-token'),
  },
  'rate-limit.instagram': { play: (sandbox) => faulty(sandbox, 'rate_instagram') },
  'rate-limit.app-usage-header': {
    play: async (sandbox) => headerOf(await faulty(sandbox, 'rate_app'), 'x-app-usage'),
  },
  'rate-limit.business-use-case-header': {
    play: async (sandbox) => headerOf(await faulty(sandbox, 'rate_instagram'), 'x-business-use-case-usage'),
  },
  transient: { play: (sandbox) => faulty(sandbox, 'unavailable') },
};

test('every fixture has its scenario, and every scenario its fixture', async () => {
  const files = (await readdir(fixtures)).filter((name) => name.endsWith('.json'));
  expect(files.map((name) => name.replace(/\.json$/, '')).toSorted()).toEqual(
    Object.keys(scenarios).toSorted(),
  );
});

test.for(Object.entries(scenarios))('the sandbox answers as in %s.json', async ([name, scenario]) => {
  await using sandbox = await createSandbox(scenario.options);
  const played = await scenario.play(sandbox);
  const text = typeof played === 'string' ? played : played.text;
  const fixture = await readFile(join(fixtures, `${name}.json`), 'utf8');
  expect(typesIn(text)).toEqual(typesIn(fixture));
  expect(errorIn(text)).toEqual(errorIn(fixture));
});

test('types are read from the raw text, where a number above 2^53 differs from a string and from a small number', () => {
  expect(typesIn('{"id":17841405793187219}')).not.toEqual(typesIn('{"id":"17841405793187219"}'));
  expect(typesIn('{"id":17841405793187219}')).not.toEqual(typesIn('{"id":178}'));
  expect(typesIn('{"ids":["1"]}')).not.toEqual(typesIn('{"ids":"1"}'));
});

function exchangeShaped(exchangeShape: NonNullable<SandboxOptions['exchangeShape']>): Scenario {
  return { options: { exchangeShape }, play: (sandbox) => exchangeAs(sandbox, 'instagram', 'page-token') };
}

async function exchangeAs(sandbox: Sandbox, world: visitor.WorldName, persona: string) {
  return visitor.exchange(sandbox, world, await visitor.codeOf(sandbox, world, persona));
}

async function exchangeWithOtherRedirectUri(sandbox: Sandbox, world: 'instagram' | 'facebook') {
  const code = await visitor.codeOf(sandbox, world, 'page-token');
  const fields = {
    ...visitor.exchangeFields(sandbox, world, code),
    redirect_uri: `${visitor.REDIRECT_URI}/`,
  };
  return world === 'facebook'
    ? visitor.get(`${sandbox.hosts.facebookGraph}/oauth/access_token`, fields)
    : visitor.send('POST', `${sandbox.hosts.instagramApi}/oauth/access_token`, fields);
}

function exchangeWithFacebookApp(sandbox: Sandbox) {
  const fields = visitor.exchangeFields(sandbox, 'facebook', 'whatever');
  return visitor.send('POST', `${sandbox.hosts.instagramApi}/oauth/access_token`, fields);
}

async function accountsOf(sandbox: Sandbox, persona: string) {
  const token = await visitor.longToken(sandbox, 'facebook', persona);
  return visitor.facebook(sandbox, 'me/accounts', token);
}

async function profileOf(sandbox: Sandbox, fields: string) {
  const token = await visitor.longToken(sandbox, 'instagram', 'page-token');
  return visitor.instagram(sandbox, 'me', token, { fields });
}

async function faulty(sandbox: Sandbox, fault: 'rate_instagram' | 'rate_app' | 'unavailable') {
  sandbox.faults.inject({ fault, endpoint: 'ig_me' });
  return visitor.instagram(sandbox, 'me', await visitor.longToken(sandbox, 'instagram', 'page-token'));
}

function headerOf(answer: visitor.WireAnswer, name: string): string {
  return answer.headers.get(name) ?? 'absent';
}

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;
const parseWith = JSON.parse as (text: string, reviver: Reviver) => unknown;

/** The body with the name of its type in place of every value; equal entries of a list count once. */
function typesIn(text: string): unknown {
  return parseWith(text, (_key, value, { source }) => {
    if (typeof value === 'number')
      return Number.isSafeInteger(value) ? 'number' : `number of ${source?.length} digits`;
    if (Array.isArray(value)) return [...new Set(value.map((item) => JSON.stringify(item)))].toSorted();
    if (typeof value === 'object' && value !== null)
      return withoutAccountIds(value as Record<string, unknown>);
    return typeof value;
  });
}

/** The header that names limits has accounts' ids for keys. */
function withoutAccountIds(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [key.replace(/^\d+$/, '<id>'), value]),
  );
}

/** What a client can tell an error by; dates and trace ids change. */
function errorIn(text: string): unknown {
  const body = JSON.parse(text) as {
    error?: Record<string, unknown>;
    error_message?: string;
    code?: unknown;
  };
  if (body.error === undefined) return { code: body.code, message: body.error_message };
  const date = /\w+day, \d\d-\w{3}-\d\d \d\d:\d\d:\d\d \w+/g;
  return {
    ...body.error,
    fbtrace_id: null,
    message: String(body.error['message']).replaceAll(date, '<date>'),
  };
}
