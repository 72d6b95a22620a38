import { expect, test } from 'vitest';
import { HOUR, MINUTE } from '../../src/time.js';
import { AuthUrlDocument, CompleteInstagramAuthDocument } from '../../src/generated/graphql.js';
import { postOperation, type Answer } from '../support/http.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

/** As many as are allowed, then what comes of one more. */
async function useUp(count: number, use: () => Promise<Answer>): Promise<Answer> {
  for (let used = 0; used < count; used += 1) expect((await use()).code).not.toBe('RATE_LIMITED');
  return use();
}

function authUrl(moca: TestApp, headers: Record<string, string> = {}): Promise<Answer> {
  return postOperation(moca, { query: AuthUrlDocument.toString() }, headers);
}

/** A code that nobody has sent before, and whose state is fine: only such codes count. */
async function complete(moca: TestApp, headers: Record<string, string> = {}): Promise<Answer> {
  const variables = await moca.consent('used-code');
  return postOperation(moca, { query: CompleteInstagramAuthDocument.toString(), variables }, headers);
}

function retryAfter({ text }: Answer): number {
  const { errors } = JSON.parse(text) as { errors: Array<{ extensions: { retryAfterSeconds: number } }> };
  return errors[0]?.extensions.retryAfterSeconds ?? Number.NaN;
}

test('An address gets so many authorization URLs in a time, and then hears how long to wait.', async () => {
  await using moca = await createTestApp({ env: { RATE_LIMIT_AUTH_URL: '3/min' } });
  const refused = await useUp(3, () => authUrl(moca));
  expect(refused.code).toBe('RATE_LIMITED');
  expect(retryAfter(refused)).toBeGreaterThanOrEqual(1);
  expect(retryAfter(refused)).toBeLessThanOrEqual(60);
  expect(refused.text).toContain('"retryable":true');
  expect(refused.text).not.toContain('https://');
});

test('Once the time is over, there are as many again; a clock that is set back does not make it longer.', async () => {
  await using moca = await createTestApp({ env: { RATE_LIMIT_AUTH_URL: '3/min' } });
  expect((await useUp(3, () => authUrl(moca))).code).toBe('RATE_LIMITED');
  moca.clock.advance(MINUTE - 1);
  expect(retryAfter(await authUrl(moca))).toBe(1);
  moca.clock.advance(1);
  expect((await useUp(3, () => authUrl(moca))).code).toBe('RATE_LIMITED');
  moca.clock.set(new Date(moca.clock.now().getTime() - HOUR));
  expect((await useUp(3, () => authUrl(moca))).code).toBe('RATE_LIMITED');
});

test('Aliases do not get around the limit: each one counts.', async () => {
  await using moca = await createTestApp({ env: { RATE_LIMIT_AUTH_URL: '3/min' } });
  const query = '{ a: authUrl b: authUrl c: authUrl d: authUrl }';
  expect((await postOperation(moca, { query })).code).toBe('RATE_LIMITED');
});

test('An address completes so many connections in a time; what is refused leaves no trace and no call.', async () => {
  await using moca = await createTestApp({
    env: { RATE_LIMIT_COMPLETE: '2/h', RATE_LIMIT_AUTH_URL: '60/min' },
  });
  const refused = await useUp(2, () => complete(moca));
  expect(refused.code).toBe('RATE_LIMITED');
  expect(retryAfter(refused)).toBeGreaterThan(60);
  expect(retryAfter(refused)).toBeLessThanOrEqual(3_600);
  expect(moca.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(2);
  const { connectionAttempts } = await moca.admin.raw<{ connectionAttempts: { edges: object[] } }>(
    '{ connectionAttempts { edges { cursor } } }',
  );
  expect(connectionAttempts.edges).toHaveLength(2);
});

test('The two operations are counted apart.', async () => {
  await using moca = await createTestApp({
    env: { RATE_LIMIT_AUTH_URL: '3/min', RATE_LIMIT_COMPLETE: '1/min' },
  });
  expect((await useUp(1, () => complete(moca))).code).toBe('RATE_LIMITED');
  expect((await authUrl(moca)).code).toBeNull();
  expect((await authUrl(moca)).code).toBe('RATE_LIMITED');
});

test('A call that is wrong, or joins a known code, costs nothing.', async () => {
  await using moca = await createTestApp({ env: { RATE_LIMIT_COMPLETE: '1/min' } });
  const callback = await moca.consent('page-token');
  for (const wrong of [{ code: '' }, { state: 'forged' }, { verifier: 'other' }]) {
    const { extensions } = await moca.visitor.fail(CompleteInstagramAuthDocument, { ...callback, ...wrong });
    expect(extensions.code).not.toBe('RATE_LIMITED');
  }
  for (let again = 0; again < 4; again += 1) {
    await expect(moca.visitor.send(CompleteInstagramAuthDocument, callback)).resolves.toBeDefined();
  }
  expect((await complete(moca)).code).toBe('RATE_LIMITED');
});

test('Operations that need a key have no such limit.', async () => {
  await using moca = await createTestApp({
    env: { RATE_LIMIT_AUTH_URL: '1/min', RATE_LIMIT_COMPLETE: '1/min' },
  });
  for (let call = 0; call < 5; call += 1) {
    await expect(moca.admin.raw('{ instagramAccountStats { total } }')).resolves.toBeDefined();
  }
});

const from = (address: string): Record<string, string> => ({ 'x-forwarded-for': address });

test('Without TRUST_PROXY a forwarded address is not believed: everybody behind a header counts together.', async () => {
  await using moca = await createTestApp({ env: { RATE_LIMIT_AUTH_URL: '2/min' } });
  const addresses = ['203.0.113.1', '203.0.113.2', '203.0.113.3'];
  const refused = await useUp(2, () => authUrl(moca, from(addresses.pop() ?? '')));
  expect(refused.code).toBe('RATE_LIMITED');
});

test.each(['true', '1', 'loopback', '127.0.0.1', '127.0.0.0/8,::1'])(
  'With TRUST_PROXY=%s each forwarded address has a count of its own.',
  async (TRUST_PROXY) => {
    await using moca = await createTestApp({ env: { RATE_LIMIT_AUTH_URL: '2/min', TRUST_PROXY } });
    expect((await useUp(2, () => authUrl(moca, from('203.0.113.1')))).code).toBe('RATE_LIMITED');
    expect((await authUrl(moca, from('203.0.113.2'))).code).toBeNull();
    expect((await authUrl(moca, from('203.0.113.1'))).code).toBe('RATE_LIMITED');
  },
);

test('One trusted hop is one: what a caller wrote in front of it is not believed.', async () => {
  await using moca = await createTestApp({ env: { RATE_LIMIT_AUTH_URL: '2/min', TRUST_PROXY: '1' } });
  const made = ['198.51.100.1', '198.51.100.2', '198.51.100.3'];
  const refused = await useUp(2, () => authUrl(moca, from(`${made.pop()}, 203.0.113.1`)));
  expect(refused.code).toBe('RATE_LIMITED');
});

test.each([
  [
    'an IPv6 network',
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::', '[2001:DB8:1:2:3:4:5:6]:443', '2001:db8:1:2::2%eth0'],
  ],
  [
    'an address with ports',
    ['198.51.100.9:1234', '198.51.100.9:1235', '198.51.100.9', '::ffff:198.51.100.9'],
  ],
  [
    'an address within IPv6',
    ['::ffff:198.51.100.9', '::FFFF:c633:6409', '[::ffff:198.51.100.9]:80', '198.51.100.9'],
  ],
  ['the proxy, of what is no address', ['unknown', '_hidden', 'made up', '198.51.100.9:port']],
])('%s counts as one caller, however it is written.', async (_what, written) => {
  await using moca = await createTestApp({ env: { RATE_LIMIT_AUTH_URL: '3/min', TRUST_PROXY: '1' } });
  const addresses = [...written];
  const refused = await useUp(3, () => authUrl(moca, from(addresses.shift() ?? '')));
  expect(refused.code).toBe('RATE_LIMITED');
  for (const other of ['198.51.100.8', '2001:db8:1:3::1']) {
    expect((await authUrl(moca, from(other))).code).toBeNull();
  }
});

test('All addresses together begin a hundred times as many connections as one may, and not one more.', async () => {
  await using moca = await createTestApp({ env: { RATE_LIMIT_COMPLETE: '1/min', TRUST_PROXY: '1' } });
  let sent = 0;
  const begin = (): Promise<Answer> => {
    sent += 1;
    const variables = { code: `made-up-${sent}` };
    const query = CompleteInstagramAuthDocument.toString();
    return postOperation(moca, { query, variables }, from(`203.0.113.${sent}`));
  };
  expect((await useUp(100, begin)).code).toBe('RATE_LIMITED');
  expect(moca.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(100);
  expect((await authUrl(moca, from('203.0.113.1'))).code).toBeNull();
  moca.clock.advance(MINUTE);
  expect((await begin()).code).toBe('CODE_INVALID');
});
