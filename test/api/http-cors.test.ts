import { describe, expect, test } from 'vitest';
import { post, send, type Answer } from '../support/http.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const good = JSON.stringify({ query: '{ authUrl }' });
const allowed = 'https://app.example.com';

function preflight(moca: TestApp, origin: string, method = 'POST', path = '/graphql'): Promise<Answer> {
  return send(moca, path, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': 'authorization,content-type',
    },
  });
}

function corsHeaders({ headers }: Answer): string[] {
  return [...headers.keys()].filter((name) => name.startsWith('access-control-'));
}

describe('CORS', () => {
  test('lets the configured origins in, each by its own name, and never with credentials.', async () => {
    await using moca = await createTestApp({ env: { CORS_ORIGINS: `${allowed}, http://localhost:5173` } });
    for (const origin of [allowed, 'http://localhost:5173']) {
      const answer = await post(moca, good, { origin });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
      expect(answer.headers.get('vary')).toMatch(/\bOrigin\b/);
      const asked = await preflight(moca, origin);
      expect(asked.status).toBe(204);
      expect(asked.headers.get('access-control-allow-origin')).toBe(origin);
      expect(asked.headers.get('access-control-allow-methods')).toBe('POST');
      expect(asked.headers.get('access-control-allow-headers')).toBe('authorization, content-type');
      expect(asked.headers.get('vary')).toMatch(/\bOrigin\b/);
    }
  });

  test('lets no other origin in, however much it looks like an allowed one.', async () => {
    await using moca = await createTestApp({ env: { CORS_ORIGINS: allowed } });
    const others = [
      'https://evil.example',
      'null',
      'https://app.example.com.evil.example',
      'https://evil-app.example.com',
      'https://sub.app.example.com',
      'http://app.example.com',
      'https://app.example.com:8443',
      'https://app.example.com/',
      'https://APP.example.com',
      'https://app.example.co',
      'https://appxexample.com',
      'moz-extension://x',
      '*',
    ];
    for (const origin of others) {
      const answers = [await post(moca, good, { origin }), await preflight(moca, origin)];
      for (const answer of answers) {
        expect({ origin, cors: answer.headers.get('access-control-allow-origin') }).toEqual({
          origin,
          cors: null,
        });
        expect(answer.headers.get('vary')).toMatch(/\bOrigin\b/);
      }
    }
  });

  test('says Vary: Origin to callers without an origin, so that no cache gives one answer to all.', async () => {
    await using moca = await createTestApp({ env: { CORS_ORIGINS: allowed } });
    const answer = await post(moca, good);
    expect(answer.headers.get('vary')).toMatch(/\bOrigin\b/);
    expect(corsHeaders(answer).filter((name) => name.endsWith('allow-origin'))).toEqual([]);
  });

  test('also lets an allowed origin read what went wrong.', async () => {
    await using moca = await createTestApp({ env: { CORS_ORIGINS: allowed } });
    for (const answer of [
      await post(moca, '{', { origin: allowed }),
      await post(moca, 'x'.repeat(70_000), { origin: allowed }),
      await post(moca, '{"query":"{ nothing }"}', { origin: allowed }),
      await send(moca, '/nowhere', { headers: { origin: allowed } }),
    ]) {
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.headers.get('access-control-allow-origin')).toBe(allowed);
    }
  });

  test('allows the origin of the redirect URI when nothing is configured.', async () => {
    await using moca = await createTestApp();
    const origin = 'https://moca.pages.dev';
    expect((await preflight(moca, origin)).headers.get('access-control-allow-origin')).toBe(origin);
    const other = await preflight(moca, allowed);
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
  });
});
