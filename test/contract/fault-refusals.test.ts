import { expect, test } from 'vitest';
import type { FaultName } from '../../src/sandbox/faults.js';
import { createSandbox } from '../../src/sandbox/sandbox.js';
import {
  authorizationUrl,
  codeOf,
  exchange,
  facebook,
  fbExchange,
  get,
  instagram,
  longToken,
  refusal,
  shortToken,
} from './visitor.js';

test.for([
  ['unavailable', 500, 2, undefined],
  ['unknown_error', 500, 1, undefined],
  ['rate_app', 400, 4, undefined],
  ['rate_app_unnamed', 400, 341, undefined],
  ['rate_user', 400, 17, undefined],
  ['rate_page', 400, 32, undefined],
  ['rate_calls', 400, 613, undefined],
  ['rate_instagram', 400, 80_002, 2_446_079],
  ['token_expired', 400, 190, 463],
  ['app_removed', 400, 190, 458],
  ['checkpoint', 400, 190, 459],
  ['password_changed', 400, 190, 460],
  ['invalid_token', 400, 190, undefined],
  ['session_invalid', 400, 102, undefined],
  ['policy_block', 400, 368, undefined],
  ['app_unknown', 400, 101, undefined],
  ['capability', 400, 3, undefined],
  ['permission_denied', 403, 10, undefined],
  ['permission_missing', 403, 200, undefined],
  ['api_blocked', 400, 200, undefined],
  ['unsupported_request', 400, 100, undefined],
  ['missing_object', 400, 100, 33],
  ['insufficient_role', 403, 10, undefined],
  ['client_secret', 400, 1, undefined],
  ['evil_echo', 400, 190, undefined],
] as const)('%s answers status %i with code %i and subcode %s', async ([fault, status, code, subcode]) => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'facebook', 'page-token');
  sandbox.faults.inject({ fault, endpoint: 'me_accounts', times: 1 });
  const answer = await facebook(sandbox, 'me/accounts', token);
  expect(refusal(answer)).toMatchObject({ status, code, subcode });
  expect(sandbox.ledger.last({ endpoint: 'me_accounts' })).toMatchObject({ fault, status });
  expect((await facebook(sandbox, 'me/accounts', token)).status).toBe(200);
});

test('messages that tell refusals of one code apart are in place', async () => {
  await using sandbox = await createSandbox();
  const message = async (fault: FaultName) => {
    sandbox.faults.inject({ fault, endpoint: 'ig_me', times: 1 });
    return refusal(await instagram(sandbox, 'me', 'any')).message;
  };
  expect(await message('api_blocked')).toBe('API access blocked.');
  expect(await message('client_secret')).toBe('Error validating client secret.');
  expect(await message('insufficient_role')).toBe('Insufficient developer role');
  expect(await message('unsupported_request')).toBe('Unsupported request - method type: get');
});

test('a throttle tells its use in percent, and its minutes where they are set', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'instagram', 'page-token');
  sandbox.faults.inject({ fault: 'rate_app', endpoint: 'ig_me', times: 1 });
  const plain = await instagram(sandbox, 'me', token);
  expect(JSON.parse(plain.headers.get('x-app-usage') ?? '')).toMatchObject({ call_count: 100 });
  expect(plain.headers.get('x-business-use-case-usage')).toBeNull();
  sandbox.faults.inject({ fault: 'rate_user', endpoint: 'ig_me', times: 1, minutes: 7 });
  const timed = await instagram(sandbox, 'me', token);
  const usage = Object.entries(JSON.parse(timed.headers.get('x-business-use-case-usage') ?? '') as object);
  expect(usage).toEqual([
    [
      expect.stringMatching(/^1784\d{13}$/),
      [expect.objectContaining({ estimated_time_to_regain_access: 7 })],
    ],
  ]);
});

test("the page's throttle names another use case than Instagram's", async () => {
  await using sandbox = await createSandbox();
  const typeOf = async (fault: 'rate_page' | 'rate_instagram') => {
    sandbox.faults.inject({ fault, endpoint: 'fb_me', times: 1, minutes: 3 });
    const answer = await facebook(sandbox, 'me', 'any');
    return /"type":"(\w+)"/.exec(answer.headers.get('x-business-use-case-usage') ?? '')?.[1];
  };
  expect([await typeOf('rate_page'), await typeOf('rate_instagram')]).toEqual(['pages', 'instagram']);
});

test('unavailable is marked as transient', async () => {
  await using sandbox = await createSandbox();
  sandbox.faults.inject({ fault: 'unavailable', endpoint: 'any' });
  expect((await instagram(sandbox, 'me', 'any')).body.error.is_transient).toBe(true);
});

test('evil_echo puts the credential that was sent into its message', async () => {
  await using sandbox = await createSandbox();
  const short = await shortToken(sandbox, 'facebook', 'page-token');
  const code = await codeOf(sandbox, 'instagram', 'page-token');
  sandbox.faults.inject({ fault: 'evil_echo', endpoint: 'any' });
  expect(refusal(await facebook(sandbox, 'me', short)).message).toContain(short);
  expect(refusal(await fbExchange(sandbox, 'facebook', short)).message).toContain(short);
  expect(refusal(await exchange(sandbox, 'instagram', code)).message).toContain(code);
});

test.for(['client_secret', 'insufficient_role'] as const)(
  'api.instagram.com words %s in its flat shape, with a status of 400',
  async (fault) => {
    await using sandbox = await createSandbox();
    sandbox.faults.inject({ fault, endpoint: 'any' });
    const flat = await exchange(sandbox, 'instagram', 'junk');
    expect(flat.status).toBe(400);
    expect(flat.body).toEqual({
      error_type: 'OAuthException',
      code: 400,
      error_message: refusal(await instagram(sandbox, 'me', 'any')).message,
    });
  },
);

test('an insufficient role shows on the dialog as a page, and on the consent as a refusal', async () => {
  await using sandbox = await createSandbox();
  const url = authorizationUrl(sandbox, 'instagram');
  sandbox.faults.inject({ fault: 'insufficient_role', endpoint: 'dialog', times: 1 });
  const page = await get(url);
  expect(page.status).toBe(400);
  expect(page.text).toContain('Insufficient developer role');
  sandbox.faults.inject({ fault: 'insufficient_role', endpoint: 'consent', times: 1 });
  const back = await sandbox.consent(url, 'page-token');
  expect(Object.fromEntries(back.searchParams)).toEqual({
    error: 'access_denied',
    error_description: 'Insufficient developer role',
    state: 'a-state',
  });
});
