import { expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/sandbox.js';
import { codeOf, exchange, get, refusal } from './visitor.js';

test.for([
  ['2026-11-22', 'v19.0', 'v21.0'],
  ['2026-11-22', 'v20.0', 'v21.0'],
  ['2026-11-22', 'v2.12', 'v21.0'],
  ['2026-11-22', 'v21.0', 'v21.0'],
  ['2027-01-20', 'v21.0', 'v21.0'],
  ['2027-01-21', 'v21.0', 'v22.0'],
  ['2028-03-01', 'v21.0', 'v25.0'],
  ['2026-11-22', 'v26.0', 'v26.0'],
] as const)('on %s a call to %s is answered by %s', async ([day, asked, answered]) => {
  await using sandbox = await createSandbox();
  sandbox.clock.set(new Date(day));
  for (const base of [sandbox.hosts.facebookGraph, sandbox.hosts.instagramGraph]) {
    expect((await get(`${base}/${asked}/me`)).headers.get('facebook-api-version')).toBe(answered);
  }
});

test('a call without a version is answered by the one of the dashboard', async () => {
  await using sandbox = await createSandbox();
  expect((await get(`${sandbox.hosts.facebookGraph}/me`)).headers.get('facebook-api-version')).toBe('v26.0');
});

test('a version that never was is a part of the path that nobody knows', async () => {
  await using sandbox = await createSandbox();
  const answer = await get(`${sandbox.hosts.facebookGraph}/v99.0/me`);
  expect(refusal(answer)).toMatchObject({ code: 2500, message: 'Unknown path components: /v99.0/me' });
  expect(answer.headers.get('facebook-api-version')).toBeNull();
});

test("Graph hosts send their headers, and a trace id that is the body's too", async () => {
  await using sandbox = await createSandbox();
  const refused = await get(`${sandbox.hosts.facebookGraph}/me`);
  expect(refused.headers.get('content-type')).toBe('application/json; charset=UTF-8');
  expect(refused.headers.get('x-fb-trace-id')).toBe(refused.body.error.fbtrace_id);
  expect(refused.body.error.fbtrace_id).toMatch(/^A[A-Za-z0-9]{15,}$/);
  const other = await exchange(sandbox, 'instagram', 'junk');
  expect(other.headers.get('x-fb-trace-id')).toBeNull();
  expect(other.headers.get('facebook-api-version')).toBeNull();
});

test.for([
  ['used-code', 'OAuth "Facebook Platform" "invalid_code" "This authorization code has been used."'],
  ['expired-code', 'OAuth "Facebook Platform" "invalid_code" "This authorization code has expired."'],
] as const)('the refusal of %s carries its challenge', async ([persona, challenge]) => {
  await using sandbox = await createSandbox();
  const answer = await exchange(sandbox, 'facebook', await codeOf(sandbox, 'facebook', persona));
  expect(answer.headers.get('www-authenticate')).toBe(challenge);
});

test('other refusals carry theirs, and api.instagram.com has none', async () => {
  await using sandbox = await createSandbox();
  const invalid = await get(`${sandbox.hosts.facebookGraph}/me`, { access_token: 'junk' });
  expect(invalid.headers.get('www-authenticate')).toMatch(/^OAuth "Facebook Platform" "invalid_token" "/);
  sandbox.faults.inject({ fault: 'rate_app', endpoint: 'fb_me' });
  const limited = await get(`${sandbox.hosts.facebookGraph}/me`);
  expect(limited.headers.get('www-authenticate')).toBe(
    'OAuth "Facebook Platform" "invalid_request" "(#4) Application request limit reached"',
  );
  const flat = await exchange(sandbox, 'instagram', 'junk');
  expect(flat.headers.get('www-authenticate')).toBeNull();
});

test('an unknown path is refused as each host does it', async () => {
  await using sandbox = await createSandbox();
  const atFacebook = await get(`${sandbox.hosts.facebookGraph}/v21.0/me/wings`);
  expect(refusal(atFacebook)).toMatchObject({ code: 2500, message: 'Unknown path components: /me/wings' });
  expect(refusal(await get(`${sandbox.hosts.instagramGraph}/debug_token`))).toMatchObject({
    code: 100,
    message: 'Unsupported request - method type: get',
  });
  expect(sandbox.ledger.count({ endpoint: 'unknown' })).toBe(2);
});

test('a challenge comes with a 4xx of a Graph host only', async () => {
  await using sandbox = await createSandbox({ errorShape: 'graph' });
  sandbox.faults.inject({ fault: 'unavailable', endpoint: 'fb_me' });
  const unavailable = await get(`${sandbox.hosts.facebookGraph}/me`);
  expect([unavailable.status, unavailable.headers.get('www-authenticate')]).toEqual([500, null]);
  const atApi = await exchange(sandbox, 'instagram', 'junk');
  expect([atApi.status, atApi.headers.get('www-authenticate')]).toEqual([400, null]);
});

test('a slash at the end of a path does not matter', async () => {
  await using sandbox = await createSandbox();
  await get(`${sandbox.hosts.instagramGraph}/v21.0/me/`);
  expect(sandbox.ledger.last()).toMatchObject({ endpoint: 'ig_me' });
});
