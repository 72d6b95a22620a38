import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { fetchTokenExpiry } from '../../../src/meta/debug-token.js';
import {
  exchangeFacebookCode,
  exchangeInstagramCode,
} from '../../../src/meta/exchange-authorization-code.js';
import { fetchFacebookUserId } from '../../../src/meta/facebook-me.js';
import { exchangeFacebookToken } from '../../../src/meta/fb-exchange-token.js';
import { exchangeInstagramToken } from '../../../src/meta/ig-exchange-token.js';
import { fetchInstagramMe } from '../../../src/meta/instagram-me.js';
import { fetchMyPages } from '../../../src/meta/me-accounts.js';
import { fetchClientPages, fetchMyBusinesses, fetchOwnedPages } from '../../../src/meta/me-businesses.js';
import { fetchGrantedPermissions } from '../../../src/meta/me-permissions.js';
import type { Meta } from '../../../src/meta/meta.js';
import { fetchPageProfile } from '../../../src/meta/page-profile.js';
import { refreshLongLivedToken } from '../../../src/meta/refresh-access-token.js';
import { Secret } from '../../../src/secret.js';
import { leaksIn, shown } from '../../support/leaks.js';
import { allHostsAt, closedPort, listening } from '../../support/loopback.js';
import { failureOf } from '../../support/meta-failure.js';
import { createSandboxMeta } from '../../support/sandbox-meta.js';
import {
  createScriptedMeta,
  createTestMeta,
  made,
  madeToken,
  parametersIn,
  proofOf,
  type RecordedCall,
  type Script,
  type TestMeta,
} from '../../support/scripted-meta.js';

const redirectUri = 'https://moca.pages.dev/instagram-callback';

/** Every call that this server makes, with whatever secret it takes. */
const endpoints: Readonly<Record<string, (meta: Meta, secret: Secret) => Promise<unknown>>> = {
  exchangeInstagramCode: (meta, code) => exchangeInstagramCode(meta, { code, redirectUri }),
  exchangeFacebookCode: (meta, code) => exchangeFacebookCode(meta, { code, redirectUri }),
  exchangeFacebookToken,
  exchangeInstagramToken,
  refreshLongLivedToken,
  fetchInstagramMe,
  fetchFacebookUserId,
  fetchGrantedPermissions,
  fetchTokenExpiry,
  fetchMyPages,
  fetchMyBusinesses,
  fetchOwnedPages: (meta, token) => fetchOwnedPages(meta, '77', token),
  fetchClientPages: (meta, token) => fetchClientPages(meta, '77', token),
  fetchPageProfile: (meta, token) => fetchPageProfile(meta, '77', token),
};

/** With everything that an encoding changes. */
const odd = new Secret(`made+up/=&?#%"'\\<é☕> ~*(!)|${'x'.repeat(20)}`);
const secrets: ReadonlyArray<readonly [string, Secret]> = [
  ['a token', madeToken('EAA')],
  ['an odd text', odd],
];

/** What must not be seen of a call: what it was given, what it adds, and every value that it sent as a secret. */
function canaries({ instagramApp, facebookApp }: Meta, secret: Secret): string[] {
  const appToken = new Secret(`${facebookApp.clientId}|${facebookApp.clientSecret.reveal()}`);
  return [
    secret.reveal(),
    instagramApp.clientSecret.reveal(),
    facebookApp.clientSecret.reveal(),
    proofOf(facebookApp, secret),
    proofOf(facebookApp, appToken),
  ];
}

/** Ways in which Meta's words can repeat what was sent. */
function echoesOf({ query, body }: RecordedCall): string[] {
  const sent = Object.entries(parametersIn(query || body));
  const values = sent.filter(([name]) => secretParameters.has(name)).map(([, value]) => value);
  return [
    query + body,
    `Bad request:\nGET /x?${query}&y=1`,
    JSON.stringify(Object.fromEntries(sent)),
    ...values.map((value) => `Malformed access token "${value}".`),
    ...values.map((value) => Buffer.from(value).toString('base64')),
  ];
}

const secretParameters = new Set([
  'access_token',
  'appsecret_proof',
  'client_secret',
  'code',
  'fb_exchange_token',
  'input_token',
]);

/** Answers that hold the echo in every place that an answer has. */
const carriers: Readonly<Record<string, (echo: string) => Script>> = {
  'a Graph refusal': (echo) =>
    refusal(400, { error: { message: echo, type: echo, code: 190, fbtrace_id: echo } }),
  'a flat refusal': (echo) => refusal(400, { error_type: echo, code: 400, error_message: echo }),
  'a flat refusal with 200': (echo) => refusal(200, { error_type: 'x', code: 400, error_description: echo }),
  'an undocumented body': (echo) => {
    const wrong = [echo];
    const fields = { access_token: wrong, id: wrong, instagram_business_account: wrong, [echo]: wrong };
    return refusal(200, { ...fields, data: [wrong] });
  },
  'an HTML page': (echo) => ({ status: 502, headers: headersWith(echo), body: `<html>${echo}` }),
  'a page with 200': (echo) => ({ headers: headersWith(echo), body: `<pre>${echo}` }),
  'a redirect': (echo) => ({
    status: 302,
    headers: { location: `https://evil.example/?${encodeURIComponent(echo)}` },
  }),
  'more than a megabyte': (echo) => echo.padEnd(1_100_000, echo),
};

function refusal(status: number, body: object): Script {
  return { status, headers: headersWith('x', 'application/json'), body: JSON.stringify(body) };
}

function headersWith(echo: string, contentType = `text/${headerText(echo)}`): Record<string, string> {
  return {
    'content-type': contentType,
    'facebook-api-version': headerText(echo),
    'x-business-use-case-usage': headerText(echo),
    'retry-after': headerText(echo),
    'www-authenticate': `OAuth "Facebook Platform" "invalid_token" "${headerText(echo)}"`,
  };
}

/** What a header can hold of it. */
function headerText(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?');
}

async function tell(
  test: TestMeta,
  endpoint: string,
  secret: Secret,
): Promise<{ text: string; hidden: string[] }> {
  const call = endpoints[endpoint]?.(test.meta, secret);
  const failure = await failureOf(call ?? Promise.resolve('no such endpoint'));
  const texts = [failure, failure.toAppError('profile'), test.reports.at(-1)].map(shown);
  return { text: (await Promise.all(texts)).join('\n'), hidden: canaries(test.meta, secret) };
}

test.for(
  Object.keys(endpoints).flatMap((endpoint) => secrets.map((secret) => [endpoint, ...secret] as const)),
)(
  '%s with %s fails as a MetaError that shows no secret, whatever Meta repeats of it.',
  async ([endpoint, _what, secret]) => {
    await using scripted = await createScriptedMeta();
    scripted.answer({ status: 500 });
    await tell(scripted, endpoint, secret);
    const sent = scripted.onlyCall;
    for (const echo of echoesOf(sent)) {
      for (const carrier of Object.values(carriers)) {
        const calls = scripted.calls.length;
        scripted.answer(carrier(echo));
        const { text, hidden } = await tell(scripted, endpoint, secret);
        expect(leaksIn(text, hidden)).toEqual([]);
        expect(scripted.calls).toHaveLength(calls + 1);
      }
    }
  },
);

test('The profile that is asked for a second time shows no secret either.', async () => {
  await using scripted = await createScriptedMeta();
  const secret = madeToken('IGAA');
  const again = refusal(400, { error: { message: `(#100) ${secret.reveal()}`, code: 100 } });
  scripted.answer(again, again);
  const { text, hidden } = await tell(scripted, 'fetchInstagramMe', secret);
  expect(leaksIn(text, hidden)).toEqual([]);
  expect(scripted.calls).toHaveLength(2);
});

const faults: Readonly<Record<string, Script>> = {
  reset: (response) => response.socket?.resetAndDestroy(),
  'end without an answer': (response) => response.socket?.end(),
  'half an answer': (response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{"access_token":', () => response.socket?.destroy());
  },
  'no HTTP': (response) => response.socket?.end('no HTTP\r\n\r\n'),
  'endless headers': { headers: { 'x-long': 'x'.repeat(99_000) }, body: '{}' },
  'wrong packing': { headers: { 'content-encoding': 'gzip' }, body: '{}' },
  'a bomb': { headers: { 'content-encoding': 'gzip' }, body: gzipSync(Buffer.alloc(8 * 1024 * 1024)) },
  silence: () => undefined,
};

test.for(Object.keys(endpoints))(
  '%s fails as a MetaError that shows no secret, however the connection breaks.',
  async (endpoint) => {
    for (const script of Object.values(faults)) {
      await using scripted = await createScriptedMeta({
        timeouts: { connectMs: 5000, responseMs: 50, totalMs: 5000 },
      });
      scripted.answer(script);
      const { text, hidden } = await tell(scripted, endpoint, odd);
      expect(leaksIn(text, hidden)).toEqual([]);
    }
    const port = await closedPort(createServer());
    await using plain = await listening(createServer((socket) => socket.end('no TLS')));
    for (const url of [`http://127.0.0.1:${port}`, `https://127.0.0.1:${plain.port}`]) {
      await using unreachable = createTestMeta(allHostsAt(url));
      const { text, hidden } = await tell(unreachable, endpoint, odd);
      expect(leaksIn(text, hidden)).toEqual([]);
    }
  },
);

test('What Meta hands out is not shown either: tokens and codes are secrets from the first moment.', async () => {
  await using scripted = await createScriptedMeta();
  const token = madeToken('EAA');
  const tokens = JSON.stringify({ access_token: token.reveal(), user_id: 1, expires_in: 5_183_944 });
  scripted.answer(
    tokens,
    tokens,
    tokens,
    tokens,
    JSON.stringify({ data: [{ id: '1', access_token: token.reveal() }] }),
  );
  const { meta } = scripted;
  const code = { code: made('code'), redirectUri };
  const answers = [
    await exchangeInstagramCode(meta, code),
    await exchangeFacebookCode(meta, code),
    await exchangeFacebookToken(meta, token),
    await exchangeInstagramToken(meta, token),
    await fetchMyPages(meta, token),
    code,
    meta,
  ];
  const text = (await Promise.all(answers.map(shown))).join('\n');
  expect(leaksIn(text, [token.reveal(), code.code.reveal(), ...canaries(meta, token)])).toEqual([]);
});

test('The sandbox repeats every credential in its refusals, and none of them is shown.', async () => {
  await using test = await createSandboxMeta('documented');
  const code = (await test.code('page-token')).code;
  const token = (await exchangeInstagramCode(test.meta, { code, redirectUri })).value;
  test.sandbox.faults.inject({ fault: 'evil_echo', endpoint: 'any' });
  for (const [name, endpoint] of Object.entries(endpoints)) {
    const secret = name.endsWith('Code') ? code : token;
    const failure = await failureOf(endpoint(test.meta, secret));
    expect(failure.diagnosis).toContain('[secret]');
    const text = await shown(failure);
    expect(leaksIn(text, [...test.sandbox.ledger.secrets(), ...canaries(test.meta, secret)])).toEqual([]);
  }
});

test('The scan finds what it looks for.', async () => {
  const error = new Error(
    `GET https://graph.facebook.com/me?access_token=${encodeURIComponent(odd.reveal())}`,
  );
  expect(leaksIn(error.message, [odd.reveal()])).toEqual([odd.reveal()]);
  expect(leaksIn(JSON.stringify({ a: odd.reveal() }), [odd.reveal()])).toHaveLength(1);
  expect(leaksIn(Buffer.from(`a${odd.reveal()}b`).toString('base64'), [odd.reveal()])).toHaveLength(1);
  const hidden = new Error('x');
  Object.defineProperty(hidden, 'options', {
    enumerable: false,
    value: { deep: { token: 'made-up-hidden' } },
  });
  expect(leaksIn(await shown(hidden), ['made-up-hidden'])).toHaveLength(1);
});
