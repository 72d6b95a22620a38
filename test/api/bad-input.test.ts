import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  AccountHistoryDocument,
  AuthUrlDocument,
  CompleteInstagramAuthDocument,
  ConnectionAttemptsDocument,
  DeleteInstagramAccountDocument,
  DisconnectInstagramAccountDocument,
  InstagramAccessTokenDocument,
  InstagramAccountDocument,
  InstagramAccountsDocument,
  RefreshInstagramTokenDocument,
  UpdateInstagramAccountSettingsDocument,
} from '../../src/generated/graphql.js';
import type { ApiFailure } from '../support/client.js';
import { post } from '../support/http.js';
import { createTestApp, testSecrets, type TestApp } from '../support/test-app.js';

/** Nothing that a test of this file sends may get as far as Meta, or leave an attempt behind. */
async function expectNoTrace(moca: TestApp): Promise<void> {
  const calls = moca.sandbox.ledger
    .calls()
    .filter(({ endpoint }) => endpoint !== 'dialog' && endpoint !== 'consent');
  expect(calls).toEqual([]);
  const { connectionAttempts } = await moca.admin.send(ConnectionAttemptsDocument, {});
  expect(connectionAttempts.edges).toEqual([]);
}

const whenRequired = { OAUTH_STATE: 'required' };

test.each([{}, whenRequired])('An empty, blank or endless code is BAD_USER_INPUT (%o).', async (env) => {
  await using moca = await createTestApp({ env });
  const { state, verifier } = await moca.consent('page-token');
  const codes = [
    '',
    ' ',
    '\t\r\n',
    '\u00A0\u2003',
    '#_',
    ' #_=_ ',
    'x'.repeat(4_097),
    'x'.repeat(20_000),
    '🍫'.repeat(2_049),
  ];
  for (const code of codes) {
    const { extensions, message } = await moca.visitor.fail(CompleteInstagramAuthDocument, {
      code,
      state,
      verifier,
    });
    expect(extensions).toMatchObject({ code: 'BAD_USER_INPUT', retryable: false });
    expect(message).toMatch(/^code: /);
  }
  await expectNoTrace(moca);
});

test.each(['', ' ', 'nonsense', '17841405500000001x', '-1', '9'.repeat(33), '9'.repeat(20_000)])(
  'A pick that is no id (%.20s) is BAD_USER_INPUT, and the code is not spent for it.',
  async (professionalAccountId) => {
    await using moca = await createTestApp();
    const callback = await moca.consent('two-linked-pages');
    const { extensions, message } = await moca.visitor.fail(CompleteInstagramAuthDocument, {
      ...callback,
      professionalAccountId,
    });
    expect(extensions).toMatchObject({ code: 'BAD_USER_INPUT', retryable: false });
    expect(message).toBe('professionalAccountId: must be a number of at most 32 digits.');
    await expectNoTrace(moca);
  },
);

test('A code that is no text at all never gets to the server’s own code.', async () => {
  await using moca = await createTestApp();
  for (const code of [null, 1, true, {}, [], ['x'], { toString: 'x' }]) {
    const { extensions } = await moca.visitor.failRaw(CompleteInstagramAuthDocument.toString(), { code });
    expect(extensions.code).toBe('BAD_USER_INPUT');
  }
  const missing = await moca.visitor.failRaw(CompleteInstagramAuthDocument.toString(), {});
  expect(missing.extensions.code).toBe('BAD_USER_INPUT');
  await expectNoTrace(moca);
});

test.each([{}, whenRequired])('A malformed state is STATE_INVALID, and spends no code (%o).', async (env) => {
  await using moca = await createTestApp({ env });
  const { code, state, verifier } = await moca.consent('page-token');
  const good = state ?? '';
  const parts = good.split('.');
  const states = [
    '',
    ' ',
    'x',
    '.',
    '...',
    's1...',
    'null',
    '{}',
    `${good}.`,
    `${good}x`,
    ` ${good}`,
    good.slice(0, -1),
    good.toUpperCase(),
    parts.toReversed().join('.'),
    [...parts.slice(0, 3), ''].join('.'),
    ['s2', ...parts.slice(1)].join('.'),
    [parts[0], '__proto__', ...parts.slice(2)].join('.'),
    'x'.repeat(20_000),
    '.'.repeat(20_000),
    '🍫',
  ];
  for (const malformed of states) {
    const { extensions } = await moca.visitor.fail(CompleteInstagramAuthDocument, {
      code,
      state: malformed,
      verifier,
    });
    expect({ malformed, code: extensions.code }).toEqual({ malformed, code: 'STATE_INVALID' });
  }
  await expectNoTrace(moca);
  await expect(
    moca.visitor.send(CompleteInstagramAuthDocument, { code, state, verifier }),
  ).resolves.toBeDefined();
});

test('A challenge that is no SHA-256 is BAD_USER_INPUT.', async () => {
  await using moca = await createTestApp();
  const good = randomBytes(32).toString('base64url');
  for (const challenge of [
    '',
    ' ',
    'x',
    good.slice(1),
    `${good}x`,
    `${good}=`,
    ` ${good}`,
    `${good.slice(1)}+`,
    'é'.repeat(43),
    'x'.repeat(20_000),
  ]) {
    const { extensions, message } = await moca.visitor.fail(AuthUrlDocument, { challenge });
    expect(extensions.code).toBe('BAD_USER_INPUT');
    expect(message).toMatch(/^challenge: /);
  }
});

test('An unknown account is null to read and NOT_FOUND to everything else, whatever its id looks like.', async () => {
  await using moca = await createTestApp();
  const { accountId: known } = await moca.connect('page-token');
  moca.sandbox.ledger.clear();
  const ids = [
    '404',
    '',
    ' ',
    '0',
    '-1',
    `${known} `,
    `0${known}`,
    "' or 1=1 --",
    '%',
    '__proto__',
    'null',
    'x'.repeat(20_000),
  ];
  for (const accountId of ids) {
    expect(await moca.admin.send(InstagramAccountDocument, { accountId })).toEqual({
      instagramAccount: null,
    });
    expect(await moca.admin.send(AccountHistoryDocument, { accountId })).toEqual({ instagramAccount: null });
    const failures: ApiFailure[] = [
      await moca.admin.fail(UpdateInstagramAccountSettingsDocument, {
        accountId,
        settings: { toneOfVoice: 'x' },
      }),
      await moca.admin.fail(RefreshInstagramTokenDocument, { accountId }),
      await moca.admin.fail(DisconnectInstagramAccountDocument, { accountId }),
      await moca.admin.fail(DeleteInstagramAccountDocument, { accountId }),
      await moca.service.fail(InstagramAccessTokenDocument, { accountId }),
    ];
    for (const { extensions, message } of failures) {
      expect({ accountId, code: extensions.code }).toEqual({ accountId, code: 'NOT_FOUND' });
      expect(message).toBe('There is no such account.');
    }
  }
  expect(moca.sandbox.ledger.calls()).toEqual([]);
  expect(await moca.admin.send(InstagramAccountDocument, { accountId: known })).not.toEqual({
    instagramAccount: null,
  });
});

test('A NUL or half a character is refused in every text that can be sent, by its name.', async () => {
  await using moca = await createTestApp();
  const complete = { ...(await moca.consent('page-token')), professionalAccountId: '1' };
  for (const bad of ['\0', 'a\0b', '\uD83C', 'x\uDF6B']) {
    const refusals: Array<[string, ApiFailure]> = [
      ['challenge', await moca.visitor.fail(AuthUrlDocument, { challenge: bad })],
      [
        'settings.toneOfVoice',
        await moca.admin.fail(UpdateInstagramAccountSettingsDocument, {
          accountId: '1',
          settings: { toneOfVoice: bad },
        }),
      ],
      [
        'filter.accountNameContains',
        await moca.admin.fail(InstagramAccountsDocument, { filter: { accountNameContains: bad } }),
      ],
      ['after', await moca.admin.fail(ConnectionAttemptsDocument, { after: bad })],
    ];
    for (const argument of ['code', 'state', 'verifier', 'professionalAccountId']) {
      const variables = { ...complete, [argument]: bad };
      refusals.push([argument, await moca.visitor.fail(CompleteInstagramAuthDocument, variables)]);
    }
    for (const document of [
      InstagramAccountDocument,
      RefreshInstagramTokenDocument,
      DisconnectInstagramAccountDocument,
      DeleteInstagramAccountDocument,
    ]) {
      refusals.push(['accountId', await moca.admin.failRaw(document.toString(), { accountId: bad })]);
    }
    refusals.push(['accountId', await moca.service.fail(InstagramAccessTokenDocument, { accountId: bad })]);
    for (const [argument, { extensions, message }] of refusals) {
      expect(extensions.code).toBe('BAD_USER_INPUT');
      expect(message).toBe(`${argument}: holds characters that are not text.`);
    }
  }
  await expectNoTrace(moca);
});

test('Lists refuse what is no page, with a coded error and without a call to Meta.', async () => {
  await using moca = await createTestApp();
  for (const page of [{ first: 0 }, { first: 101 }, { first: -1 }, { after: 'broken' }]) {
    const failures = [
      await moca.admin.fail(InstagramAccountsDocument, page),
      await moca.admin.fail(ConnectionAttemptsDocument, page),
    ];
    for (const { extensions } of failures) {
      expect(extensions).toMatchObject({
        code: 'BAD_USER_INPUT',
        retryable: false,
        userAction: expect.any(String),
      });
    }
  }
  expect(moca.sandbox.ledger.calls()).toEqual([]);
});

test('Broken JSON and wrong content types are coded 4xx, and get no further.', async () => {
  await using moca = await createTestApp();
  const asAdmin = { authorization: `Bearer ${testSecrets.adminKey}` };
  const operation = JSON.stringify({
    query: CompleteInstagramAuthDocument.toString(),
    variables: { code: 'made-up' },
  });
  const answers = [
    await post(moca, operation.slice(0, -1), asAdmin),
    await post(moca, `${operation}}`, asAdmin),
    await post(moca, operation, { ...asAdmin, 'content-type': 'text/plain' }),
    await post(moca, operation, { ...asAdmin, 'content-type': 'application/x-www-form-urlencoded' }),
    await post(moca, operation, { ...asAdmin, 'content-type': 'application/xml' }),
    await post(moca, '', asAdmin),
    await post(moca, `[${operation}]`, asAdmin),
  ];
  for (const { status, code } of answers) {
    expect([400, 415]).toContain(status);
    expect(code).toEqual(expect.any(String));
  }
  await expectNoTrace(moca);
});
