import { expect, test } from 'vitest';
import type { FaultName } from '../../src/sandbox/faults.js';
import { createSandbox } from '../../src/sandbox/sandbox.js';
import { codeOf, exchange, instagram, longToken, refusal } from './visitor.js';

test('an order hits its endpoint, its persona and its number of calls, and nothing else', async () => {
  await using sandbox = await createSandbox();
  const mine = await longToken(sandbox, 'instagram', 'code-101');
  const double = await longToken(sandbox, 'instagram', 'code-101#3');
  const other = await longToken(sandbox, 'instagram', 'page-token');
  sandbox.faults.inject({ fault: 'unavailable', endpoint: 'ig_me', persona: 'code-101', times: 3 });
  const status = async (token: string) => (await instagram(sandbox, 'me', token)).status;
  expect(await status(other)).toBe(200);
  expect(await status(mine)).toBe(500);
  expect(await status(double)).toBe(500);
  expect(sandbox.faults.pending()).toMatchObject([{ fault: 'unavailable', timesLeft: 1 }]);
  expect(await status(mine)).toBe(500);
  expect(await status(mine)).toBe(200);
  expect(sandbox.faults.pending()).toEqual([]);
});

test('an order without a number lasts until it is cleared, and the oldest of several is played', async () => {
  await using sandbox = await createSandbox();
  sandbox.faults.inject({ fault: 'capability', endpoint: 'ig_me', times: 1 });
  sandbox.faults.inject({ fault: 'policy_block', endpoint: 'any' });
  const codes: unknown[] = [];
  for (let call = 0; call < 3; call += 1) codes.push(refusal(await instagram(sandbox, 'me', 'any')).code);
  expect(codes).toEqual([3, 368, 368]);
  sandbox.faults.clear();
  expect(refusal(await instagram(sandbox, 'me', 'any')).code).toBe(190);
});

test('a misspelt order is refused', async () => {
  await using sandbox = await createSandbox();
  const misspelt = 'unavailabel' as FaultName;
  expect(() => sandbox.faults.inject({ fault: misspelt, endpoint: 'any' })).toThrow(TypeError);
  expect(() => sandbox.faults.inject({ fault: 'hang', endpoint: 'me' as 'ig_me' })).toThrow(TypeError);
});

test('an order for a persona hits its consent too', async () => {
  await using sandbox = await createSandbox();
  sandbox.faults.inject({ fault: 'unavailable', endpoint: 'consent', persona: 'page-token' });
  expect(await codeOf(sandbox, 'instagram', 'code-101')).toMatch(/^AQsandbox/);
  await expect(codeOf(sandbox, 'instagram', 'page-token')).rejects.toThrow(
    'An unexpected error has occurred',
  );
});

test('any leaves the dialog and the consent alone', async () => {
  await using sandbox = await createSandbox();
  sandbox.faults.inject({ fault: 'unavailable', endpoint: 'any' });
  const code = await codeOf(sandbox, 'instagram', 'page-token');
  expect((await exchange(sandbox, 'instagram', code)).status).toBe(500);
});

test('a refusal on order does not spend the code', async () => {
  await using sandbox = await createSandbox();
  const code = await codeOf(sandbox, 'instagram', 'page-token');
  for (const fault of ['unavailable', 'html_502', 'reset'] as const) {
    sandbox.faults.inject({ fault, endpoint: 'code_exchange', times: 1 });
    const outcome = await exchange(sandbox, 'instagram', code).catch(() => null);
    expect(outcome?.status).not.toBe(200);
  }
  expect((await exchange(sandbox, 'instagram', code)).status).toBe(200);
});
