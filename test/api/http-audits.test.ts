import { auditServer } from 'graphql-http';
import { expect, test } from 'vitest';
import { createTestApp, testSecrets } from '../support/test-app.js';

/** Requests by GET without a header of their own, which CSRF protection refuses on purpose. */
const SIMPLE_GETS = ['5A70', 'D6D5', '6A70'];

test('The server serves GraphQL over HTTP as its specification says, but for requests that a foreign page could send.', async () => {
  await using moca = await createTestApp();
  const results = await auditServer({
    url: new URL('/graphql', moca.url).href,
    fetchFn: (url: string, init: RequestInit = {}) => {
      const headers = new Headers(init.headers);
      // It asks for the schema, which takes a key.
      headers.set('authorization', `Bearer ${testSecrets.adminKey}`);
      return fetch(url, { ...init, headers });
    },
  });
  expect(results.length).toBeGreaterThan(60);
  expect(
    results
      .filter(({ status }) => status !== 'ok')
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(SIMPLE_GETS.toSorted());
});
