import { expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/sandbox.js';
import { codeOf, exchange, facebook, get, igExchange, instagram, longToken, shortToken } from './visitor.js';

test('the ledger holds every call in order, with its parameters, its persona and what it granted', async () => {
  await using sandbox = await createSandbox();
  const at = new Date('2027-03-01T00:00:00Z');
  sandbox.clock.set(at);
  const code = await codeOf(sandbox, 'instagram', 'page-token');
  const exchanged = await exchange(sandbox, 'instagram', code);
  const short = /"access_token":"(\w+)"/.exec(exchanged.text)?.[1] ?? 'none';
  const long = (await igExchange(sandbox, 'instagram', short)).body.access_token;
  await instagram(sandbox, 'me', long);
  const calls = sandbox.ledger.calls();
  expect(
    calls.map(({ endpoint, method, host, status, persona, granted }) => [
      endpoint,
      method,
      host,
      status,
      persona,
      granted,
    ]),
  ).toEqual([
    ['dialog', 'GET', 'www.instagram.com', 200, null, null],
    ['consent', 'POST', 'www.instagram.com', 302, 'page-token', code],
    ['code_exchange', 'POST', 'api.instagram.com', 200, 'page-token', short],
    ['ig_exchange_token', 'GET', 'graph.instagram.com', 200, 'page-token', long],
    ['ig_me', 'GET', 'graph.instagram.com', 200, 'page-token', null],
  ]);
  expect(calls[2]?.params['code']).toBe(code);
  expect(calls[3]?.params).toMatchObject({ grant_type: 'ig_exchange_token', access_token: short });
  expect(calls[4]?.path).toBe('v21.0/me');
  for (const call of calls) expect(call.at.getTime() - at.getTime()).toBeLessThan(60_000);
});

test('calls can be counted by endpoint, host, method and persona', async () => {
  await using sandbox = await createSandbox();
  await shortToken(sandbox, 'documented', 'page-token');
  await shortToken(sandbox, 'facebook', 'no-page');
  expect(sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(2);
  expect(sandbox.ledger.count({ endpoint: 'code_exchange', host: 'graph.facebook.com' })).toBe(1);
  expect(sandbox.ledger.count({ method: 'POST', host: 'api.instagram.com' })).toBe(1);
  expect(sandbox.ledger.count({ persona: 'no-page' })).toBe(2);
  expect(sandbox.ledger.last({ persona: 'page-token' })).toMatchObject({ endpoint: 'code_exchange' });
  expect(sandbox.ledger.last({ endpoint: 'debug_token' })).toBeNull();
});

test('secrets are every app secret, code and token, also after the calls are forgotten', async () => {
  await using sandbox = await createSandbox();
  const code = await codeOf(sandbox, 'facebook', 'page-token');
  const short = (await exchange(sandbox, 'facebook', code)).body.access_token;
  const long = await longToken(sandbox, 'instagram', 'page-token');
  const pages = await facebook(sandbox, 'me/accounts', short);
  sandbox.ledger.clear();
  expect(sandbox.ledger.count()).toBe(0);
  const secrets = sandbox.ledger.secrets();
  for (const secret of [code, short, long, pages.body.data[0].access_token])
    expect(secrets).toContain(secret);
  for (const { clientSecret } of Object.values(sandbox.apps)) expect(secrets).toContain(clientSecret);
  expect(secrets).not.toContain(sandbox.apps.facebook.clientId);
});

test('a call can be waited for, before or after it arrives', async () => {
  await using sandbox = await createSandbox();
  const second = sandbox.ledger.waitFor({ endpoint: 'ig_me' }, 2);
  await instagram(sandbox, 'me', 'one');
  await instagram(sandbox, 'me', 'two');
  expect((await second).params['access_token']).toBe('two');
  expect((await sandbox.ledger.waitFor({ endpoint: 'ig_me' })).params['access_token']).toBe('one');
});

test('a path outside of Meta is nobody, and the ledger says so', async () => {
  await using sandbox = await createSandbox();
  expect((await get(`${sandbox.url}/graph.threads.net/me`, { a: '1' })).status).toBe(404);
  expect(sandbox.ledger.last()).toMatchObject({ endpoint: 'elsewhere', host: null, params: { a: '1' } });
});
