import { expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import {
  ACCOUNT_FIELDS,
  codeOf,
  exchange,
  facebook,
  fbExchange,
  instagram,
  longToken,
  shortToken,
} from './visitor.js';

test('html_502 and http_429 are pages without JSON', async () => {
  await using sandbox = await createSandbox();
  sandbox.faults.inject({ fault: 'html_502', endpoint: 'ig_me', times: 1 });
  sandbox.faults.inject({ fault: 'http_429', endpoint: 'ig_me', times: 1, minutes: 2 });
  const [badGateway, tooMany] = [
    await instagram(sandbox, 'me', 'any'),
    await instagram(sandbox, 'me', 'any'),
  ];
  expect([badGateway.status, tooMany.status]).toEqual([502, 429]);
  expect(tooMany.headers.get('retry-after')).toBe('120');
  for (const answer of [badGateway, tooMany]) {
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(() => answer.body).toThrow(SyntaxError);
  }
});

test('broken_json is half of the answer under a good status', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'instagram', 'page-token');
  sandbox.faults.inject({ fault: 'broken_json', endpoint: 'ig_me' });
  const answer = await instagram(sandbox, 'me', token);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toContain('application/json');
  expect(answer.text).toMatch(/^\{/);
  expect(() => answer.body).toThrow(SyntaxError);
});

test('wrong_types keeps the keys and changes the type of every value', async () => {
  await using sandbox = await createSandbox({ exchangeShape: 'flat_array' });
  sandbox.faults.inject({ fault: 'wrong_types', endpoint: 'code_exchange' });
  sandbox.faults.inject({ fault: 'wrong_types', endpoint: 'fb_exchange_token' });
  const token = await shortTokenDespite(sandbox);
  expect((await fbExchange(sandbox, 'facebook', token)).body).toEqual({
    access_token: expect.any(Number),
    token_type: expect.any(Number),
    expires_in: expect.any(Array),
  });
  const exchanged = await exchange(sandbox, 'instagram', await codeOf(sandbox, 'instagram', 'page-token'));
  expect(exchanged.body).toEqual({
    access_token: expect.any(Number),
    user_id: expect.any(Array),
    permissions: expect.any(String),
  });
});

test.for(['flat_array', 'wrapped_number'] as const)(
  'empty_token empties the token of the shape %s',
  async (shape) => {
    await using sandbox = await createSandbox({ exchangeShape: shape });
    sandbox.faults.inject({ fault: 'empty_token', endpoint: 'code_exchange' });
    const answer = await exchange(sandbox, 'instagram', await codeOf(sandbox, 'instagram', 'page-token'));
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('"access_token":""');
    expect(answer.text).toContain('"user_id":');
  },
);

test('missing_expires_in leaves the rest of the answer as it is', async () => {
  await using sandbox = await createSandbox();
  const short = await shortToken(sandbox, 'facebook', 'page-token');
  sandbox.faults.inject({ fault: 'missing_expires_in', endpoint: 'fb_exchange_token' });
  const { body } = await fbExchange(sandbox, 'facebook', short);
  expect(body).toEqual({ access_token: expect.stringMatching(/^EAAsandbox/), token_type: 'bearer' });
});

test('evil_next points into a private network while the cursors stay right', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'facebook', 'several-pages');
  sandbox.faults.inject({ fault: 'evil_next', endpoint: 'me_accounts' });
  const ids = new Set<string>();
  let after = '';
  for (const size of [3, 3, 1, 0]) {
    const { body } = await facebook(sandbox, 'me/accounts', token, { fields: ACCOUNT_FIELDS, after });
    expect(body.data).toHaveLength(size);
    expect(new URL(body.paging.next).hostname).toBe('169.254.169.254');
    for (const page of body.data) ids.add(page.id);
    after = body.paging.cursors?.after;
  }
  expect(ids.size).toBe(7);
});

test('error_with_200 hides a refusal behind a good status', async () => {
  await using sandbox = await createSandbox();
  sandbox.faults.inject({ fault: 'error_with_200', endpoint: 'code_exchange' });
  const answer = await exchange(sandbox, 'instagram', 'junk');
  expect(answer.status).toBe(200);
  expect(answer.body.error_message).toBe('Matching code was not found or was already used');
});

/** A first token of the facebook world, whatever the exchange's answer was made into. */
async function shortTokenDespite(sandbox: Sandbox): Promise<string> {
  await exchange(sandbox, 'facebook', await codeOf(sandbox, 'facebook', 'page-token'));
  return sandbox.ledger.last({ endpoint: 'code_exchange' })?.granted ?? '';
}
