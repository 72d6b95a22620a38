import { expect, test } from 'vitest';
import { z } from 'zod';
import type { ErrorCode } from '../../../src/errors.js';
import type { Endpoint } from '../../../src/meta/hosts.js';
import { messageFragments } from '../../../src/meta/message-fragments.js';
import { MetaError, type MetaErrorClass } from '../../../src/meta/meta-error.js';
import { readAnswer } from '../../../src/meta/read-answer.js';
import { readRefusal } from '../../../src/meta/wire.js';
import { fixture, fixtureNames } from '../../support/fixture.js';

/** Every documented refusal: where it was met, and what it means. */
const documented: Readonly<Record<string, readonly [Endpoint, MetaErrorClass, ErrorCode]>> = {
  'appsecret-proof.invalid': ['me_accounts', 'configuration', 'APP_MISCONFIGURED'],
  'appsecret-proof.missing': ['me_accounts', 'configuration', 'APP_MISCONFIGURED'],
  'cannot-parse-token': ['fb_me', 'reauthorization', 'REAUTHORIZATION_REQUIRED'],
  'code-exchange.invalid-platform-app': ['code_exchange', 'configuration', 'APP_MISCONFIGURED'],
  'code-exchange.invalid-platform-app.graph-shape': ['code_exchange', 'configuration', 'APP_MISCONFIGURED'],
  'code-exchange.missing-field': ['code_exchange', 'configuration', 'APP_MISCONFIGURED'],
  'code-exchange.other-redirect-uri': ['code_exchange', 'configuration', 'REDIRECT_URI_MISMATCH'],
  'code-exchange.unknown-code': ['code_exchange', 'reauthorization', 'CODE_INVALID'],
  'code-exchange.used-code': ['code_exchange', 'reauthorization', 'CODE_INVALID'],
  'facebook-code-exchange.client-secret': ['code_exchange', 'configuration', 'APP_MISCONFIGURED'],
  'facebook-code-exchange.expired-code': ['code_exchange', 'reauthorization', 'CODE_INVALID'],
  'facebook-code-exchange.other-redirect-uri': ['code_exchange', 'configuration', 'REDIRECT_URI_MISMATCH'],
  'facebook-code-exchange.used-code': ['code_exchange', 'reauthorization', 'CODE_INVALID'],
  'fb-exchange-token.instagram-app-id': ['fb_exchange_token', 'configuration', 'APP_MISCONFIGURED'],
  'fb-exchange-token.junk-token': ['fb_exchange_token', 'reauthorization', 'REAUTHORIZATION_REQUIRED'],
  'fb-exchange-token.unknown-app': ['fb_exchange_token', 'configuration', 'APP_MISCONFIGURED'],
  'rate-limit.instagram': ['ig_me', 'rate_limit', 'META_RATE_LIMITED'],
  'refusals/api-access-blocked': ['ig_me', 'configuration', 'APP_MISCONFIGURED'],
  'refusals/code-exchange.invalid-client-id': ['code_exchange', 'configuration', 'APP_MISCONFIGURED'],
  'refusals/code-exchange.invalid-client-secret': ['code_exchange', 'configuration', 'APP_MISCONFIGURED'],
  'refusals/code-exchange.no-client-secret': ['code_exchange', 'configuration', 'APP_MISCONFIGURED'],
  'refusals/insufficient-role': ['code_exchange', 'configuration', 'APP_NOT_APPROVED'],
  'token-expired': ['ig_me', 'reauthorization', 'REAUTHORIZATION_REQUIRED'],
  transient: ['ig_me', 'transient', 'META_UNAVAILABLE'],
  'unsupported-request': ['ig_me', 'configuration', 'APP_NOT_APPROVED'],
};

function messageIn(name: string): string | undefined {
  return readRefusal(JSON.parse(fixture(name)))?.message.toLowerCase();
}

test('Every fixture that is a refusal is listed here, and every one that is listed is a refusal.', () => {
  const refusals = fixtureNames().filter((name) => messageIn(name) !== undefined);
  expect(refusals.toSorted()).toEqual(Object.keys(documented).toSorted());
});

test.for(Object.entries(documented))(
  '%s.json is judged as documented.',
  ([name, [endpoint, errorClass, code]]) => {
    const raw = { status: 400, contentType: 'application/json', regainMs: null, text: fixture(name) };
    let thrown: unknown;
    try {
      readAnswer({ endpoint, schema: z.unknown(), secrets: [] }, raw);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(MetaError);
    expect(thrown).toMatchObject({ endpoint, errorClass, code, refused: true });
  },
);

test.for(messageFragments)(
  'The fragment "$fragment" decides over a fixture, and as the fixture says.',
  (entry) => {
    const decided = Object.entries(documented).filter(([name]) => {
      const message = messageIn(name) ?? '';
      return messageFragments.find(({ fragment }) => message.includes(fragment)) === entry;
    });
    expect(decided).not.toHaveLength(0);
    for (const [, [, errorClass, code]] of decided) expect(entry).toMatchObject({ errorClass, code });
  },
);

test('Fragments are written as they are compared: in lower case.', () => {
  for (const { fragment } of messageFragments) expect(fragment).toBe(fragment.toLowerCase());
});
