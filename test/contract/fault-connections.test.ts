import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/sandbox.js';
import {
  codeOf,
  exchange,
  exchangeFields,
  facebook,
  fbExchange,
  igExchange,
  instagram,
  longToken,
  shortToken,
  tokenIn,
} from './visitor.js';

test('answer_lost spends the code, mints a token and answers nothing', async () => {
  await using sandbox = await createSandbox();
  const code = await codeOf(sandbox, 'instagram', 'page-token');
  sandbox.faults.inject({ fault: 'answer_lost', endpoint: 'code_exchange', times: 1 });
  await expect(exchange(sandbox, 'instagram', code)).rejects.toThrow('fetch failed');
  const call = sandbox.ledger.last({ endpoint: 'code_exchange' });
  expect(call).toMatchObject({ fault: 'answer_lost', status: null, persona: 'page-token' });
  expect(call?.granted).toMatch(/^IGAAsandbox/);
  expect((await instagram(sandbox, 'me', call?.granted ?? '')).status).toBe(200);
  expect((await exchange(sandbox, 'instagram', code)).body.error_message).toContain('has been used');
});

test('a token that reached nobody is still a token', async () => {
  await using sandbox = await createSandbox();
  const short = await shortToken(sandbox, 'facebook', 'page-token');
  sandbox.faults.inject({ fault: 'answer_lost', endpoint: 'fb_exchange_token', times: 1 });
  await expect(fbExchange(sandbox, 'facebook', short)).rejects.toThrow('fetch failed');
  const again = tokenIn(await fbExchange(sandbox, 'facebook', short));
  const lost = sandbox.ledger.calls({ endpoint: 'fb_exchange_token' })[0]?.granted ?? '';
  expect(lost).not.toBe(again);
  expect((await facebook(sandbox, 'me', lost)).status).toBe(200);
});

test('reset breaks the connection before anything is processed', async () => {
  await using sandbox = await createSandbox();
  const token = await shortToken(sandbox, 'instagram', 'page-token');
  sandbox.faults.inject({ fault: 'reset', endpoint: 'ig_exchange_token', times: 1 });
  const failure: unknown = await igExchange(sandbox, 'instagram', token).catch((error: unknown) => error);
  expect(failure).toHaveProperty('cause.code', 'ECONNRESET');
  expect(sandbox.ledger.last({ endpoint: 'ig_exchange_token' })).toMatchObject({
    status: null,
    granted: null,
  });
});

test('hang never answers, and a sandbox that closes does not wait for it', async () => {
  const sandbox = await createSandbox();
  sandbox.faults.inject({ fault: 'hang', endpoint: 'ig_me' });
  const hanging = instagram(sandbox, 'me', 'any').catch(() => 'cut off');
  expect(await sandbox.ledger.waitFor({ endpoint: 'ig_me' })).toMatchObject({ fault: 'hang', status: null });
  await sandbox.close();
  expect(await hanging).toBe('cut off');
});

test('delay waits before it answers as ever', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'instagram', 'page-token');
  sandbox.faults.inject({ fault: 'delay', endpoint: 'ig_me', times: 1, delayMs: 150 });
  const started = performance.now();
  expect((await instagram(sandbox, 'me', token)).status).toBe(200);
  expect(performance.now() - started).toBeGreaterThanOrEqual(145);
});

test('truncated promises more than it sends', async () => {
  await using sandbox = await createSandbox();
  const code = await codeOf(sandbox, 'instagram', 'page-token');
  sandbox.faults.inject({ fault: 'truncated', endpoint: 'code_exchange', times: 1 });
  const body = new URLSearchParams(exchangeFields(sandbox, 'instagram', code));
  const response = await fetch(`${sandbox.hosts.instagramApi}/oauth/access_token`, { method: 'POST', body });
  expect(response.status).toBe(200);
  expect(Number(response.headers.get('content-length'))).toBeGreaterThan(100);
  await expect(response.text()).rejects.toThrow('terminated');
  expect(sandbox.ledger.last({ endpoint: 'code_exchange' })?.granted).toMatch(/^IGAAsandbox/);
});

test('huge is a good answer with more than a megabyte behind it, without a length', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'instagram', 'page-token');
  sandbox.faults.inject({ fault: 'huge', endpoint: 'ig_me', times: 1 });
  const answer = await instagram(sandbox, 'me', token);
  expect(answer.headers.get('content-length')).toBeNull();
  expect(answer.text.length).toBeGreaterThan(1024 * 1024);
  expect(answer.body).toBeTypeOf('object');
});

test('redirect points to another host, and the ledger sees who follows', async () => {
  await using sandbox = await createSandbox();
  sandbox.faults.inject({ fault: 'redirect', endpoint: 'ig_me' });
  const answer = await instagram(sandbox, 'me', 'any');
  expect(answer.status).toBe(302);
  const target = new URL(answer.headers.get('location') ?? '');
  expect(target.host).not.toBe(new URL(sandbox.url).host);
  expect(sandbox.ledger.count({ endpoint: 'elsewhere' })).toBe(0);
  await fetch(`${sandbox.hosts.instagramGraph}/me`);
  expect(sandbox.ledger.count({ endpoint: 'elsewhere' })).toBe(1);
});

test('faults reach clients other than fetch in the same way', async () => {
  await using sandbox = await createSandbox();
  sandbox.faults.inject({ fault: 'truncated', endpoint: 'ig_me' });
  const received = new Promise<string>((resolve, reject) => {
    request(`${sandbox.hosts.instagramGraph}/me`, (response) => {
      text(response).then(resolve, reject);
    })
      .on('error', reject)
      .end();
  });
  await expect(received).rejects.toThrow('aborted');
});
