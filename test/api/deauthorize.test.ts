import { describe, expect, test } from 'vitest';
import {
  DisconnectInstagramAccountDocument,
  InstagramAccessTokenDocument,
  RefreshInstagramTokenDocument,
} from '../../src/generated/graphql.js';
import type { LoginFlow } from '../../src/login-flow.js';
import { numericLiteral } from '../../src/sandbox/json.js';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/time.js';
import { send, type Answer } from '../support/http.js';
import { createNoticeReceiver } from '../support/notice-receiver.js';
import { accountOf } from '../support/outcome.js';
import { createProxiedApp } from '../support/proxied-app.js';
import { eventsOf, historyOf } from '../support/reconnecting.js';
import { runSql } from '../support/sql.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

/** As the log has it. */
const WARN = 40;

type World = 'documented' | 'instagram' | 'facebook';

function deauthorize(moca: TestApp, signedRequest: string): Promise<Answer> {
  return send(moca, '/meta/deauthorize', {
    method: 'POST',
    body: new URLSearchParams({ signed_request: signedRequest }),
  });
}

async function columnsOf(moca: TestApp, accountId: string): Promise<Record<string, string>> {
  const [row] = await runSql(
    moca,
    `select grantor_id, app_scoped_id, professional_account_id, page_id, access_token from instagram_account where account_id = '${accountId}'`,
  );
  return row as Record<string, string>;
}

async function stateOf(moca: TestApp, accountId: string): Promise<string> {
  return (await accountOf(moca, accountId)).tokenStatus.state;
}

describe.each<{ flow: LoginFlow; world: World }>([
  { flow: 'instagram', world: 'instagram' },
  { flow: 'facebook', world: 'facebook' },
  { flow: 'moca', world: 'documented' },
])('By $flow:', ({ flow, world }) => {
  test('Who removes the app at Meta is DISCONNECTED: the token is erased, and Meta is asked nothing.', async () => {
    await using moca = await createTestApp({ flow });
    const { accountId } = await moca.connect('page-token');
    moca.sandbox.push.connectTo(moca.url);
    moca.sandbox.ledger.clear();
    expect(await moca.sandbox.push.deauthorize('page-token')).toMatchObject([{ world, status: 200 }]);
    const account = await accountOf(moca, accountId);
    expect(account.tokenStatus).toMatchObject({
      state: 'DISCONNECTED',
      needsReauthorization: true,
      nextRefreshAt: null,
      problem: { code: 'REAUTHORIZATION_REQUIRED', message: 'The app was removed at Meta.' },
    });
    expect(account.webhookSubscription.state).toBe('NONE');
    expect((await columnsOf(moca, accountId))['access_token']).toBeNull();
    expect(await historyOf(moca, accountId)).toMatchObject([
      { type: 'connected' },
      { type: 'disconnected', actor: 'meta', detail: 'The app was removed at Meta.' },
    ]);
    const { extensions } = await moca.service.fail(InstagramAccessTokenDocument, { accountId });
    expect(extensions.code).toBe('REAUTHORIZATION_REQUIRED');
    moca.clock.advance(30 * DAY);
    await moca.app.work();
    expect(moca.sandbox.ledger.calls()).toEqual([]);
  });

  test('Sent again, and again a day later, it changes nothing more.', async () => {
    await using moca = await createTestApp({ flow });
    const { accountId } = await moca.connect('page-token');
    const { grantor_id } = await columnsOf(moca, accountId);
    const request = moca.sandbox.push.signRequest({ user_id: grantor_id ?? '' }, world);
    for (let time = 0; time < 3; time += 1) {
      expect((await deauthorize(moca, request)).status).toBe(200);
      moca.clock.advance(DAY);
    }
    await Promise.all([deauthorize(moca, request), deauthorize(moca, request)]);
    expect(await eventsOf(moca, accountId)).toEqual(['connected', 'disconnected']);
  });

  test('Who has connected anew since is not harmed by a call that comes late, or again.', async () => {
    await using moca = await createTestApp({ flow });
    const { accountId } = await moca.connect('page-token');
    const { grantor_id } = await columnsOf(moca, accountId);
    const request = moca.sandbox.push.signRequest({ user_id: grantor_id ?? '' }, world);
    expect((await deauthorize(moca, request)).status).toBe(200);
    moca.clock.advance(MINUTE);
    await moca.connect('page-token');
    expect((await deauthorize(moca, request)).status).toBe(200);
    expect(await stateOf(moca, accountId)).not.toBe('DISCONNECTED');
    expect(await eventsOf(moca, accountId)).toEqual(['connected', 'disconnected', 'reconnected']);
    const { status } = await deauthorize(
      moca,
      moca.sandbox.push.signRequest({ user_id: grantor_id ?? '' }, world),
    );
    expect([status, await stateOf(moca, accountId)]).toEqual([200, 'DISCONNECTED']);
  });
});

test.each(['grantor_id', 'app_scoped_id', 'professional_account_id'])(
  'The person is found by the %s, as a text or as a bare number above 2^53.',
  async (column) => {
    for (const write of [String, numericLiteral]) {
      await using moca = await createTestApp({ flow: 'instagram' });
      const { accountId } = await moca.connect('page-token');
      const { accountId: other } = await moca.connect('page-token#2');
      const id = (await columnsOf(moca, accountId))[column] ?? '';
      expect(BigInt(id)).toBeGreaterThan(2n ** 53n);
      const request = moca.sandbox.push.signRequest({ user_id: write(id) }, 'instagram');
      expect((await deauthorize(moca, request)).status).toBe(200);
      expect(await stateOf(moca, accountId)).toBe('DISCONNECTED');
      expect(await stateOf(moca, other)).toBe('ACTIVE');
    }
  },
);

test('All accounts of a person end; a page that removes the app ends its own.', async () => {
  await using moca = await createTestApp({ flow: 'facebook' });
  const first = await moca.connect('two-linked-pages');
  const pages = await runSql(moca, 'select grantor_id, page_id from instagram_account');
  // The second of their pages.
  const second = await moca.connect('two-linked-pages', {
    professionalAccountId: await secondAccountOf(moca),
  });
  expect(second.accountId).not.toBe(first.accountId);
  const { accountId: other } = await moca.connect('page-token');
  const pageId = String(pages[0]?.['page_id']);
  const ofPage = moca.sandbox.push.signRequest({ user_id: 0, profile_id: pageId }, 'facebook');
  expect((await deauthorize(moca, ofPage)).status).toBe(200);
  const states = async () =>
    Promise.all([first.accountId, second.accountId, other].map((accountId) => stateOf(moca, accountId)));
  expect(await states()).toEqual(['DISCONNECTED', 'ACTIVE', 'ACTIVE']);
  const ofPerson = moca.sandbox.push.signRequest({ user_id: String(pages[0]?.['grantor_id']) }, 'facebook');
  expect((await deauthorize(moca, ofPerson)).status).toBe(200);
  expect(await states()).toEqual(['DISCONNECTED', 'DISCONNECTED', 'ACTIVE']);
});

async function secondAccountOf(moca: TestApp): Promise<string> {
  const { person } = moca.sandbox.grant('two-linked-pages', 'page');
  const accounts = person.pages.flatMap(({ account }) => (account === null ? [] : [account.id]));
  return accounts[1] ?? '';
}

test('Somebody whom nobody here knows is answered 200, and nothing happens.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  for (const ids of [{ user_id: '404' }, { user_id: 0, profile_id: '404' }]) {
    const answer = await deauthorize(moca, moca.sandbox.push.signRequest(ids, 'documented'));
    expect(answer.status).toBe(200);
  }
  expect(await stateOf(moca, accountId)).toBe('ACTIVE');
});

test('One that an admin disconnected before keeps that in its history, and gets no second event.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  await moca.admin.send(DisconnectInstagramAccountDocument, { accountId });
  moca.sandbox.push.connectTo(moca.url);
  await moca.sandbox.push.deauthorize('page-token');
  expect((await historyOf(moca, accountId)).map(({ type, actor }) => `${type} ${actor}`)).toEqual([
    'connected system',
    'disconnected admin:ada',
  ]);
});

test('The operator is told once that the account needs its person, and once that it is over.', async () => {
  await using receiver = await createNoticeReceiver();
  await using moca = await createTestApp({ env: receiver.env });
  await moca.connect('page-token');
  moca.sandbox.push.connectTo(moca.url);
  await moca.sandbox.push.deauthorize('page-token');
  await moca.sandbox.push.deauthorize('page-token');
  await moca.app.work();
  expect(receiver.taken.map(({ body }) => [body.type, body.problem?.code])).toEqual([
    ['needs_reauthorization', 'REAUTHORIZATION_REQUIRED'],
  ]);
  moca.clock.advance(MINUTE);
  await moca.connect('page-token');
  await moca.app.work();
  expect(receiver.types()).toEqual(['needs_reauthorization', 'recovered']);
});

test('A renewal that is under way does not bring the token back.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  await moca.app.work();
  moca.clock.advance(34 * DAY);
  moca.sandbox.push.connectTo(moca.url);
  moca.sandbox.faults.inject({ fault: 'delay', endpoint: 'refresh_access_token', times: 1, delayMs: 500 });
  const { grantor_id } = await columnsOf(moca, accountId);
  const working = moca.app.work();
  await moca.sandbox.ledger.waitFor({ endpoint: 'refresh_access_token' });
  const request = moca.sandbox.push.signRequest({ user_id: grantor_id ?? '' }, 'instagram');
  expect((await deauthorize(moca, request)).status).toBe(200);
  await working;
  expect(await stateOf(moca, accountId)).toBe('DISCONNECTED');
  expect((await columnsOf(moca, accountId))['access_token']).toBeNull();
});

test('What is no signed request of now is refused, and changes nothing.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  const { grantor_id } = await columnsOf(moca, accountId);
  const ids = { user_id: grantor_id ?? '' };
  const { push } = moca.sandbox;
  const good = push.signRequest(ids, 'documented');
  moca.clock.advance(8 * DAY);
  const [mac = '', payload = ''] = push.signRequest(ids, 'documented').split('.');
  const none = Buffer.from(
    JSON.stringify({ algorithm: 'none', issued_at: Math.floor(moca.clock.now().getTime() / SECOND), ...ids }),
  ).toString('base64url');
  const refused = [
    '',
    '.',
    good,
    `${mac}.${payload}.`,
    `.${payload}`,
    `${mac}.`,
    `${mac}.${none}`,
    `.${none}`,
    push.signRequest(ids, 'instagram'),
    push.signRequest({ ...ids, algorithm: 'none' }, 'documented'),
    push.signRequest({ ...ids, algorithm: 'hmac-sha256' }, 'documented'),
    push.signRequest({}, 'documented'),
    'x'.repeat(60_000),
  ];
  for (const request of refused) {
    expect(await deauthorize(moca, request)).toMatchObject({ status: 403, code: 'FORBIDDEN' });
  }
  const body = new URLSearchParams([
    ['signed_request', `${mac}.${payload}`],
    ['signed_request', `${mac}.${payload}`],
  ]);
  expect((await send(moca, '/meta/deauthorize', { method: 'POST', body })).status).toBe(403);
  expect((await send(moca, '/meta/deauthorize', { method: 'POST' })).status).toBe(403);
  expect(
    (await send(moca, `/meta/deauthorize?signed_request=${mac}.${payload}`, { method: 'POST' })).status,
  ).toBe(403);
  expect(await stateOf(moca, accountId)).toBe('ACTIVE');
  expect(moca.log.join('')).not.toContain(payload);
  expect((await deauthorize(moca, `${mac}=.${payload}`)).status).toBe(200);
  expect(await stateOf(moca, accountId)).toBe('DISCONNECTED');
});

test('A clock that is a little wrong does no harm.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  moca.clock.advance(HOUR);
  const { grantor_id } = await columnsOf(moca, accountId);
  const ahead = moca.sandbox.push.signRequest({ user_id: grantor_id ?? '' }, 'documented');
  moca.clock.set(new Date(moca.clock.now().getTime() - 4 * MINUTE));
  expect((await deauthorize(moca, ahead)).status).toBe(200);
  expect(await stateOf(moca, accountId)).toBe('DISCONNECTED');
});

describe('Whoever consented, and could not be asked for their id then,', () => {
  const grantorHidden = { fault: 'rate_user', endpoint: 'fb_me', times: 1 } as const;

  async function grantorOf(moca: TestApp, accountId: string): Promise<string | null> {
    return (await columnsOf(moca, accountId))['grantor_id'] ?? null;
  }

  test.each(['facebook', 'moca'] as const)(
    'is found by %s from the next day on, when the probe has asked for it.',
    async (flow) => {
      await using moca = await createTestApp({ flow });
      moca.sandbox.faults.inject(grantorHidden);
      const { accountId, tokenStatus } = await moca.connect('page-token');
      expect([tokenStatus.kind, await grantorOf(moca, accountId)]).toEqual(['PAGE', null]);
      moca.sandbox.push.connectTo(moca.url);
      expect(await moca.sandbox.push.deauthorize('page-token')).toMatchObject([{ status: 200 }]);
      expect(await stateOf(moca, accountId)).toBe('ACTIVE');
      const line = moca.log.find((one) => one.includes('meta.deauthorized')) ?? '{}';
      expect(JSON.parse(line)).toMatchObject({ level: WARN, found: 0, accounts: 0 });

      moca.clock.advance(DAY);
      await moca.app.work();
      expect(await grantorOf(moca, accountId)).not.toBeNull();
      await moca.sandbox.push.deauthorize('page-token');
      expect(await stateOf(moca, accountId)).toBe('DISCONNECTED');
    },
  );

  test('is asked for once a day until Meta tells, and then no more.', async () => {
    await using moca = await createTestApp({ flow: 'facebook' });
    moca.sandbox.faults.inject(grantorHidden);
    moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'debug_token', times: 1 });
    const { accountId } = await moca.connect('page-token');
    for (const known of [false, true]) {
      moca.clock.advance(DAY);
      await moca.app.work();
      expect((await grantorOf(moca, accountId)) !== null).toBe(known);
      expect(await stateOf(moca, accountId)).toBe('ACTIVE');
    }
    moca.sandbox.ledger.clear();
    for (let day = 1; day <= 8; day += 1) {
      moca.clock.advance(DAY);
      await moca.app.work();
    }
    expect(moca.sandbox.ledger.count({ endpoint: 'page_profile' })).toBeLessThanOrEqual(2);
    expect(moca.sandbox.ledger.count({ endpoint: 'debug_token' })).toBe(0);
  });

  test('is found by an admin’s probe, too, and after the token has ended.', async () => {
    await using moca = await createTestApp({ flow: 'facebook' });
    moca.sandbox.faults.inject(grantorHidden);
    const { accountId } = await moca.connect('page-token');
    moca.sandbox.revoke('page-token', 458);
    await moca.admin.fail(RefreshInstagramTokenDocument, { accountId });
    expect(await stateOf(moca, accountId)).toBe('REVOKED');
    expect(await grantorOf(moca, accountId)).not.toBeNull();
  });

  test('is not taken for whoever consented before.', async () => {
    await using moca = await createTestApp({ flow: 'facebook' });
    const { accountId } = await moca.connect('page-token');
    await runSql(moca, "update instagram_account set grantor_id = '4711'");
    moca.clock.advance(MINUTE);
    moca.sandbox.faults.inject(grantorHidden);
    await moca.connect('page-token');
    const ofAnother = moca.sandbox.push.signRequest({ user_id: '4711' }, 'facebook');
    moca.clock.advance(MINUTE);
    expect((await deauthorize(moca, ofAnother)).status).toBe(200);
    expect(await stateOf(moca, accountId)).toBe('ACTIVE');
  });
});

test('A short-lived token that climbs to a page is from then on of whoever that page says.', async () => {
  await using moca = await createProxiedApp();
  for (const endpoint of ['fb_exchange_token', 'ig_exchange_token'] as const) {
    moca.sandbox.faults.inject({ fault: 'capability', endpoint, times: 1 });
  }
  // Meta takes the token at both hosts, which the sandbox does not.
  const me = { id: '25410031000000007', user_id: '17841405500000001', username: 'moca_page_token' };
  moca.instagramGraph.intercept(({ path }) => (path === '/me' ? { status: 200, body: me } : null));
  const { accountId, tokenStatus } = await moca.connect('page-token');
  moca.instagramGraph.intercept(() => null);
  expect(tokenStatus.kind).toBe('SHORT_LIVED');
  moca.clock.advance(MINUTE);
  await moca.app.work();
  expect((await accountOf(moca, accountId)).tokenStatus.kind).toBe('PAGE');
  moca.sandbox.push.connectTo(moca.url);
  await moca.sandbox.push.deauthorize('page-token');
  expect(await stateOf(moca, accountId)).toBe('DISCONNECTED');
});
