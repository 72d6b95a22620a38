import { expect, test } from 'vitest';
import { post, send } from '../support/http.js';
import { createTestApp } from '../support/test-app.js';

const good = JSON.stringify({ query: '{ authUrl }' });

test('Every answer, good or bad, carries the headers that keep a browser careful.', async () => {
  await using moca = await createTestApp();
  const answers = [
    await post(moca, good),
    await post(moca, '{'),
    await send(moca, '/graphql'),
    await send(moca, '/livez'),
    await send(moca, '/readyz'),
    await send(moca, '/metrics'),
    await send(moca, '/'),
    await send(moca, '/instagram-callback?code=x'),
    await send(moca, '/nowhere'),
  ];
  for (const { headers } of answers) {
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none';base-uri 'none';connect-src 'self';form-action 'none';frame-ancestors 'none'/,
    );
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe|\*(?!\.(?:cdninstagram|fbcdn)\.)/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}/);
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('server')).toBeNull();
  }
});

test('No answer that depends on the caller or the time is stored by a cache.', async () => {
  await using moca = await createTestApp();
  const answers = [
    await post(moca, good),
    await post(moca, '{"query":"{ nothing }"}'),
    await send(moca, '/livez'),
    await send(moca, '/readyz'),
    await send(moca, '/metrics'),
    await send(moca, '/instagram-callback?code=x'),
  ];
  for (const { headers } of answers) expect(headers.get('cache-control')).toBe('no-store');
});

test('The log has one line for each request, with an id, and without the query of its URL.', async () => {
  await using moca = await createTestApp();
  await send(moca, '/instagram-callback?code=canary-code&state=canary-state');
  await send(moca, '/nowhere?access_token=canary-token');
  const requests = moca.log
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ msg }) => msg === 'request');
  expect(requests).toEqual([
    expect.objectContaining({
      method: 'GET',
      path: '/instagram-callback',
      status: 200,
      requestId: expect.any(String),
    }),
    expect.objectContaining({ method: 'GET', path: '/nowhere', status: 404 }),
  ]);
  expect(moca.log.join('')).not.toContain('canary');
});
