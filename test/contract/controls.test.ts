import { expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/sandbox.js';
import { HOUR } from '../../src/time.js';
import { exchange, get, instagram, longToken, refusal, send, shortToken, type Values } from './visitor.js';

test('the index page lists the hosts, the people and the faults, and no secret', async () => {
  await using sandbox = await createSandbox();
  const page = await get(`${sandbox.url}/`);
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toContain('text/html');
  for (const url of Object.values(sandbox.hosts)) expect(page.text).toContain(url);
  for (const { id, description } of sandbox.personas) {
    expect(page.text).toContain(`<code>${id}</code>`);
    expect(page.text).toContain(description.replaceAll("'", '&#39;'));
  }
  const [first] = sandbox.personas;
  expect(page.text).toContain(`<li>documented: ${first?.expect.documented.replaceAll("'", '&#39;')}</li>`);
  expect(page.text).toContain('<code>answer_lost</code>');
  for (const app of Object.values(sandbox.apps)) {
    expect(page.text).toContain(app.clientId);
    expect(page.text).not.toContain(app.clientSecret);
  }
});

test('the ledger is shown without the values of secrets, the real ones that strayed here included', async () => {
  await using sandbox = await createSandbox();
  await longToken(sandbox, 'instagram', 'page-token');
  await instagram(sandbox, 'me', 'a-real-token');
  await get(`${sandbox.hosts.instagramGraph}/me`, {}, { authorization: 'Bearer another-real-token' });
  const shown = await get(`${sandbox.url}/sandbox/ledger`);
  expect(shown.body.calls).toHaveLength(6);
  expect(shown.body.calls[2]).toMatchObject({
    endpoint: 'code_exchange',
    params: { client_id: sandbox.apps.instagram.clientId, client_secret: '[secret]', code: '[secret]' },
    granted: '[secret]',
    status: 200,
  });
  for (const secret of [...sandbox.ledger.secrets(), 'a-real-token', 'another-real-token']) {
    expect(shown.text).not.toContain(secret);
  }
  await fetch(`${sandbox.url}/sandbox/ledger`, { method: 'DELETE' });
  expect(sandbox.ledger.count()).toBe(0);
});

test('the clock is moved and set over HTTP, and tokens die of it', async () => {
  await using sandbox = await createSandbox();
  const token = await shortToken(sandbox, 'instagram', 'page-token');
  const before = sandbox.clock.now().getTime();
  const moved = await send('POST', `${sandbox.url}/sandbox/clock`, { advanceMs: String(HOUR) });
  expect(new Date(moved.body.now).getTime()).toBeGreaterThanOrEqual(before + HOUR);
  expect(refusal(await instagram(sandbox, 'me', token))).toMatchObject({ code: 190, subcode: 463 });
  const set = await send('POST', `${sandbox.url}/sandbox/clock`, { set: '2030-01-01T00:00:00Z' });
  expect(set.body.now).toMatch(/^2030-01-01T00:00/);
  expect((await get(`${sandbox.url}/sandbox/clock`)).body.now).toMatch(/^2030-01-01T00:00/);
});

test('faults are ordered, listed and cleared over HTTP, as a form or as JSON', async () => {
  await using sandbox = await createSandbox();
  const url = `${sandbox.url}/sandbox/faults`;
  const ordered = await send('POST', url, { fault: 'rate_app', endpoint: 'ig_me', times: '2', minutes: '5' });
  expect(ordered.body).toEqual({
    faults: [{ fault: 'rate_app', endpoint: 'ig_me', times: 2, minutes: 5, timesLeft: 2 }],
  });
  const json = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ fault: 'hang', persona: 'slow' }),
  });
  expect(json.status).toBe(200);
  expect((await get(url)).body.faults[1]).toEqual({
    fault: 'hang',
    endpoint: 'any',
    persona: 'slow',
    timesLeft: 'all',
  });
  expect(refusal(await instagram(sandbox, 'me', 'any'))).toMatchObject({ code: 4 });
  expect((await fetch(url, { method: 'DELETE' })).status).toBe(200);
  expect(sandbox.faults.pending()).toEqual([]);
});

test("a person's tokens are revoked over HTTP", async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'instagram', 'page-token');
  const other = await longToken(sandbox, 'instagram', 'code-101');
  const answer = await send('POST', `${sandbox.url}/sandbox/revoke`, {
    persona: 'page-token',
    subcode: '460',
  });
  expect(answer.body).toEqual({ persona: 'page-token', subcode: 460 });
  expect(refusal(await instagram(sandbox, 'me', token))).toMatchObject({ code: 190, subcode: 460 });
  expect((await instagram(sandbox, 'me', other)).status).toBe(200);
});

test('the personas can be read as JSON', async () => {
  await using sandbox = await createSandbox();
  const { personas } = (await get(`${sandbox.url}/sandbox/personas`)).body;
  expect(personas).toEqual(
    sandbox.personas.map(({ id, title, description, expect: expected }) => ({
      id,
      title,
      description,
      expect: expected,
    })),
  );
  expect(Object.keys(personas[0])).toEqual(['id', 'title', 'description', 'expect']);
});

test.for<[string, Values]>([
  ['clock', { advanceMs: 'soon' }],
  ['clock', { set: 'tomorrow' }],
  ['faults', { fault: 'nonsense' }],
  ['faults', { fault: 'hang', endpoint: 'nonsense' }],
  ['faults', { fault: 'hang', times: 'twice' }],
  ['revoke', { persona: 'page-token', subcode: '1' }],
  ['revoke', { persona: 'page-tokn', subcode: '458' }],
])('/sandbox/%s refuses %o and says what it takes', async ([path, form]) => {
  await using sandbox = await createSandbox();
  const answer = await send('POST', `${sandbox.url}/sandbox/${path}`, form);
  expect(answer.status).toBe(400);
  expect(answer.body.error).toMatch(/must be|Send/);
  expect(sandbox.faults.pending()).toEqual([]);
});

test.for(['{', '7', 'null'])('the JSON %s is refused', async (body) => {
  await using sandbox = await createSandbox();
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${sandbox.url}/sandbox/clock`, { method: 'POST', headers, body });
  expect(answer.status).toBe(400);
});

test('the controls leave no trace in the ledger', async () => {
  await using sandbox = await createSandbox();
  await get(`${sandbox.url}/`);
  expect((await get(`${sandbox.url}/favicon.ico`)).status).toBe(204);
  await get(`${sandbox.url}/sandbox/ledger`);
  await exchange(sandbox, 'instagram', 'junk');
  expect(sandbox.ledger.calls().map((call) => call.endpoint)).toEqual(['code_exchange']);
});

test('a sandbox that is closed listens no longer', async () => {
  const sandbox = await createSandbox();
  await get(`${sandbox.url}/`);
  await sandbox.close();
  await expect(get(`${sandbox.url}/`)).rejects.toThrow('fetch failed');
});

test('a sandbox that listens on every address is called on this machine, at the port that was asked for', async () => {
  await using first = await createSandbox({ host: '0.0.0.0' });
  const { port, hostname } = new URL(first.url);
  expect(hostname).toBe('127.0.0.1');
  expect((await get(first.url)).status).toBe(200);
  await expect(createSandbox({ host: '0.0.0.0', port: Number(port) })).rejects.toThrow('EADDRINUSE');
});
