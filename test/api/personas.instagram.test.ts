import { expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/sandbox.js';
import {
  flatRefusal,
  graphRefusal,
  noNumbers,
  playPersona,
  type PersonaOutcome,
} from '../support/persona-outcome.js';

const steps = ['code_exchange OK', 'ig_exchange_token OK', 'profile OK'];
const calls = { code_exchange: 1, ig_exchange_token: 1, ig_me: 1 };

const refusedCode = {
  error: { code: 'CODE_INVALID', step: 'code_exchange', meta: flatRefusal },
  steps: ['code_exchange FAILED CODE_INVALID 400'],
  calls: { code_exchange: 1 },
} as const;

/** Whom pages do not matter for: sixty days, and the profile. */
function connected(persona: string, accountId: string, professionalAccountId: string): PersonaOutcome {
  return { persona, account: { accountId, professionalAccountId, kind: 'LONG_LIVED' }, steps, calls };
}

const outcomes: readonly PersonaOutcome[] = [
  connected('page-token', '25410031000000007', '17841405500000001'),
  connected('several-pages', '25410031002000007', '17841405502000001'),
  connected('two-linked-pages', '25410031004000007', '17841405504000001'),
  connected('portfolio-page', '25410031006000007', '17841405506000001'),
  connected('late-page', '25410031008000007', '17841405508000001'),
  connected('lower-rung-second', '25410031010000007', '17841405510000001'),
  connected('code-101', '25410031012000007', '17841405512000001'),
  {
    persona: 'short-lived-only',
    account: {
      accountId: '25410031014000007',
      professionalAccountId: '17841405514000001',
      kind: 'SHORT_LIVED',
      plain: true,
    },
    steps: ['code_exchange OK', 'ig_exchange_token FAILED APP_MISCONFIGURED 3', 'profile OK'],
    calls,
  },
  connected('no-page', '25410031016000007', '17841405516000001'),
  connected('page-without-instagram', '25410031018000007', '17841405518000001'),
  {
    persona: 'personal-account',
    error: { code: 'NOT_PROFESSIONAL_ACCOUNT', step: 'profile' },
    steps: ['code_exchange OK', 'ig_exchange_token OK', 'profile FAILED NOT_PROFESSIONAL_ACCOUNT'],
    calls,
  },
  {
    persona: 'not-a-tester',
    error: { code: 'APP_NOT_APPROVED', step: 'profile', meta: graphRefusal(100, null, 'IGApiException') },
    steps: [
      'code_exchange OK',
      'ig_exchange_token FAILED APP_NOT_APPROVED 100',
      'profile FAILED APP_NOT_APPROVED 100',
    ],
    calls,
  },
  {
    ...connected('transient', '25410031026000007', '17841405526000001'),
    calls: { code_exchange: 1, ig_exchange_token: 2, ig_me: 2 },
  },
  {
    persona: 'rate-limited',
    error: { code: 'META_RATE_LIMITED', step: 'profile', retryAfterSeconds: 19 * 60, meta: graphRefusal(4) },
    steps: ['code_exchange OK', 'ig_exchange_token OK', 'profile FAILED META_RATE_LIMITED 4'],
    calls,
  },
  connected('slow', '25410031030000007', '17841405530000001'),
  {
    persona: 'garbage',
    error: { code: 'META_BAD_RESPONSE', step: 'profile', meta: noNumbers },
    steps: [
      'code_exchange OK',
      'ig_exchange_token FAILED META_BAD_RESPONSE',
      'profile FAILED META_BAD_RESPONSE',
    ],
    calls,
  },
  { persona: 'used-code', ...refusedCode },
  { persona: 'expired-code', ...refusedCode },
  // Every digit: through a JavaScript number it would be …030.
  connected('big-ids', '30927608773521033', '17841405538000001'),
  {
    persona: 'declined-scope',
    account: {
      accountId: '25410031040000007',
      professionalAccountId: '17841405540000001',
      kind: 'LONG_LIVED',
      missing: 'instagram_business_manage_insights',
    },
    steps,
    calls,
  },
  {
    persona: 'declined-basic',
    error: { code: 'MISSING_PERMISSION', step: 'code_exchange' },
    steps: ['code_exchange OK', 'ig_exchange_token SKIPPED', 'profile SKIPPED'],
    calls: { code_exchange: 1 },
  },
];

test.each(outcomes)('In the instagram flow, $persona ends exactly as documented.', async (outcome) => {
  const { seen, documented } = await playPersona('instagram', outcome);
  expect(seen).toEqual(documented);
});

test('No persona that comes back with a code is left out of the table of the instagram flow.', async () => {
  await using sandbox = await createSandbox();
  const personas = sandbox.personas.map(({ id }) => id).filter((id) => id !== 'denied');
  expect(outcomes.map(({ persona }) => persona)).toEqual(personas);
});
