import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { WebhookStatusDocument } from '../../src/generated/graphql.js';
import { send } from '../support/http.js';
import { runSql } from '../support/sql.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import {
  aComment,
  aMessage,
  allEvents,
  hubSignature,
  notificationOf,
  postWebhook,
} from '../support/webhooks.js';

const verifyToken = `verify-${randomBytes(12).toString('hex')}`;
const set = { INSTAGRAM_VERIFY_TOKEN: verifyToken };

/** What Meta's dashboard asks when the webhook's address is saved. */
function verify(moca: TestApp, changes: Record<string, string | string[]> = {}) {
  const query = new URLSearchParams();
  const parameters = {
    'hub.mode': 'subscribe',
    'hub.challenge': '1158201444',
    'hub.verify_token': verifyToken,
    ...changes,
  };
  for (const [name, values] of Object.entries(parameters)) {
    for (const value of Array.isArray(values) ? values : [values]) query.append(name, value);
  }
  return send(moca, `/webhooks/instagram?${query.toString()}`);
}

async function status(moca: TestApp) {
  return (await moca.admin.send(WebhookStatusDocument, {})).webhookStatus;
}

describe('Verifying the address', () => {
  test('gives the challenge back, as text and nothing else, to who knows the token.', async () => {
    await using moca = await createTestApp({ env: set });
    const answer = await verify(moca);
    expect([answer.status, answer.text]).toEqual([200, '1158201444']);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    const script = '<script>alert(1)</script>';
    const reflected = await verify(moca, { 'hub.challenge': script });
    expect([reflected.text, reflected.headers.get('content-type')]).toEqual([
      script,
      'text/plain; charset=utf-8',
    ]);
  });

  test('is refused with 403 to everybody else.', async () => {
    await using moca = await createTestApp({ env: set });
    const wrong: Array<Record<string, string | string[]>> = [
      { 'hub.verify_token': '' },
      { 'hub.verify_token': 'another' },
      { 'hub.verify_token': `${verifyToken}x` },
      { 'hub.verify_token': verifyToken.slice(0, -1) },
      { 'hub.verify_token': verifyToken.toUpperCase() },
      { 'hub.verify_token': [verifyToken, verifyToken] },
      { 'hub.verify_token': [] },
      { 'hub.mode': 'unsubscribe' },
      { 'hub.mode': [] },
      { 'hub.challenge': [] },
      { 'hub.challenge': ['1', '2'] },
    ];
    for (const changes of wrong) {
      const answer = await verify(moca, changes);
      expect({ changes, status: answer.status, code: answer.code }).toEqual({
        changes,
        status: 403,
        code: 'FORBIDDEN',
      });
      expect(answer.text).not.toContain('1158201444');
    }
    expect((await send(moca, '/webhooks/instagram')).status).toBe(403);
    expect(moca.log.join('')).not.toContain(verifyToken);
  });

  test('is answered 404 while no token is set, and events are taken all the same.', async () => {
    await using moca = await createTestApp();
    expect(await verify(moca)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect((await postWebhook(moca, notificationOf(aComment('1', '1')))).status).toBe(200);
  });
});

test('A signed notification is stored before it is answered, and belongs to its account.', async () => {
  await using moca = await createTestApp();
  const { accountId, professionalAccountId } = await moca.connect('page-token');
  const body = notificationOf(aMessage(professionalAccountId ?? '', 'm1', { text: 'hello' }));
  const answer = await postWebhook(moca, body);
  expect([answer.status, answer.text]).toEqual([200, 'OK']);
  expect(await allEvents(moca, accountId)).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f]{64}$/),
      accountId,
      entryId: professionalAccountId,
      object: 'instagram',
      field: 'messages',
      isEcho: false,
      occurredAt: new Date(1_795_000_000_000).toISOString(),
      receivedAt: moca.clock.now().toISOString(),
      payload: expect.stringContaining('"text":"hello"'),
    },
  ]);
});

test('What is not signed by Meta is refused with 403, and nothing of it is stored or logged.', async () => {
  await using moca = await createTestApp();
  const body = notificationOf(aMessage('1', 'm1', { text: 'canary-of-the-body' }));
  const secret = moca.env['INSTAGRAM_CLIENT_SECRET'] ?? '';
  const good = hubSignature(body, secret);
  const attempts: Array<[string | Uint8Array<ArrayBuffer>, Record<string, string>]> = [
    [body, {}],
    [body, { 'x-hub-signature': good }],
    [body, { 'x-hub-signature-256': good.slice(0, -1) }],
    [body, { 'x-hub-signature-256': hubSignature(body, 'another secret') }],
    [body, { 'x-hub-signature-256': hubSignature(body, '') }],
    [body, { 'x-hub-signature-256': good.replace('sha256', 'sha1') }],
    [`${body} `, { 'x-hub-signature-256': good }],
    [JSON.stringify(JSON.parse(body), null, 1), { 'x-hub-signature-256': good }],
    ['', { 'x-hub-signature-256': good }],
    [new Uint8Array([0xff, 0xfe, 0x00]), { 'x-hub-signature-256': good }],
  ];
  for (const [sent, headers] of attempts) {
    expect(await postWebhook(moca, sent, headers)).toMatchObject({ status: 403, code: 'FORBIDDEN' });
  }
  expect(await allEvents(moca)).toEqual([]);
  expect(await status(moca)).toMatchObject({ stored: 0, repeated: 0, unreadable: 0, lastReceivedAt: null });
  const log = moca.log.join('');
  for (const canary of ['canary-of-the-body', good.slice('sha256='.length), secret]) {
    expect(log).not.toContain(canary);
  }
});

test('Either secret counts, and their predecessors while they change; no other one does.', async () => {
  const secrets = ['instagram', 'facebook', 'instagram-before', 'facebook-before', 'nobodys'].map(
    (name) => `${name}-${randomBytes(12).toString('hex')}`,
  );
  const [instagram, facebook, instagramBefore, facebookBefore] = secrets;
  await using moca = await createTestApp({
    env: {
      INSTAGRAM_CLIENT_SECRET: instagram,
      FACEBOOK_CLIENT_ID: '5678',
      FACEBOOK_CLIENT_SECRET: facebook,
      INSTAGRAM_CLIENT_SECRET_PREVIOUS: instagramBefore,
      FACEBOOK_CLIENT_SECRET_PREVIOUS: facebookBefore,
    },
  });
  const statuses: number[] = [];
  for (const [index, secret] of secrets.entries()) {
    const body = notificationOf(aComment('1', `c${index}`));
    statuses.push(
      (await postWebhook(moca, body, { 'x-hub-signature-256': hubSignature(body, secret) })).status,
    );
  }
  expect(statuses).toEqual([200, 200, 200, 200, 403]);
  const signers = [...moca.log.join('').matchAll(/"signer":"(\w+)"/g)].map(([, signer]) => signer);
  expect(signers).toEqual(['instagram', 'facebook', 'instagram_previous', 'facebook_previous']);
});

test('The bytes count as they arrived: escapes, other encodings and content types change nothing.', async () => {
  await using moca = await createTestApp();
  const secret = moca.env['INSTAGRAM_CLIENT_SECRET'] ?? '';
  const { body, headers } = moca.sandbox.push.sign(
    { object: 'instagram', entry: [aComment('1', 'c1', 'schöne Grüße ☕ </script> 👋')] },
    'documented',
  );
  expect(body).toMatch(/sch\\u00f6ne Gr\\u00fc\\u00dfe \\u2615 <\\\/script> \\ud83d\\udc4b/);
  expect((await postWebhook(moca, body, { ...headers })).status).toBe(200);
  const [event] = await allEvents(moca);
  expect(JSON.parse(event?.payload ?? '')).toMatchObject({ text: 'schöne Grüße ☕ </script> 👋' });
  for (const type of [
    'application/json; charset=utf-8',
    'text/plain',
    'application/x-www-form-urlencoded',
    'x/y',
  ]) {
    const signed = { 'x-hub-signature-256': hubSignature(body, secret), 'content-type': type };
    expect((await postWebhook(moca, body, signed)).status).toBe(200);
  }
  expect(await allEvents(moca)).toHaveLength(1);
});

test('Events of ids that no account has are kept, counted, and belong to the account once it connects.', async () => {
  await using moca = await createTestApp();
  const { accountId, professionalAccountId } = await moca.connect('page-token');
  const other = await moca.connect('page-token#2');
  await runSql(moca, 'delete from instagram_account');
  await postWebhook(
    moca,
    notificationOf(aComment(professionalAccountId ?? '', 'c1'), aComment('17841499999999999', 'c2')),
  );
  expect((await allEvents(moca)).map((event) => event.accountId)).toEqual([null, null]);
  expect(await status(moca)).toMatchObject({ stored: 2, unknownAccounts: 2 });
  await moca.connect('page-token');
  expect((await allEvents(moca, accountId)).map(({ entryId }) => entryId)).toEqual([professionalAccountId]);
  expect((await allEvents(moca)).map((event) => event.accountId)).toEqual([accountId, null]);
  expect(await allEvents(moca, other.accountId)).toEqual([]);
});

test('A page names its account, too; a professional id counts more.', async () => {
  await using moca = await createTestApp();
  const one = await moca.connect('page-token');
  const two = await moca.connect('page-token#2');
  const [row] = await runSql(
    moca,
    `select page_id from instagram_account where account_id = '${one.accountId}'`,
  );
  const pageId = String(row?.['page_id']);
  await postWebhook(moca, notificationOf(aMessage(pageId, 'm1')));
  expect((await allEvents(moca)).map(({ accountId }) => accountId)).toEqual([one.accountId]);
  await runSql(
    moca,
    `update instagram_account set professional_account_id = '${pageId}' where account_id = '${two.accountId}'`,
  );
  await postWebhook(moca, notificationOf(aMessage(pageId, 'm2')));
  expect((await allEvents(moca)).map(({ accountId }) => accountId)).toEqual([one.accountId, two.accountId]);
});

test('What was signed and cannot be read is answered 200 and counted: Meta would repeat it for 36 hours.', async () => {
  await using moca = await createTestApp();
  for (const body of ['', 'not JSON', '{}', '['.repeat(100_000), '{"entry":[{"id":"1"}]}', 'null']) {
    expect((await postWebhook(moca, body)).status).toBe(200);
  }
  const half =
    '{"object":"instagram","entry":[{"id":"1"},{"id":"2","time":1,"field":"comments","value":{"id":"c"}}]}';
  expect((await postWebhook(moca, half)).status).toBe(200);
  expect((await allEvents(moca)).map(({ entryId }) => entryId)).toEqual(['2']);
  expect(await status(moca)).toMatchObject({ stored: 1, unreadable: 7 });
});

test('A notification of 1,000 updates is stored whole, in its order, and again without effect.', async () => {
  await using moca = await createTestApp();
  const { accountId, professionalAccountId } = await moca.connect('page-token');
  const entries = Array.from({ length: 1_000 }, (_, index) =>
    aMessage(professionalAccountId ?? '', `m${index}`, { text: `message ${index}` }),
  );
  const body = notificationOf(...entries);
  for (let time = 0; time < 2; time += 1) expect((await postWebhook(moca, body)).status).toBe(200);
  const events = await allEvents(moca, accountId);
  expect(
    events.map(({ payload }) => (JSON.parse(payload) as { message: { text: string } }).message.text),
  ).toEqual(entries.map((_, index) => `message ${index}`));
  expect(await status(moca)).toMatchObject({ stored: 1_000, repeated: 1_000, unknownAccounts: 0 });
});

test('A notification of 1 MB is taken, one byte more is 413; other routes keep their own limit.', async () => {
  await using moca = await createTestApp();
  const ofBytes = (size: number): string => {
    const body = notificationOf(aComment('1', 'c1', ''));
    return body.replace('"text":""', `"text":"${'x'.repeat(size - body.length)}"`);
  };
  const limit = 1024 * 1024;
  expect((await postWebhook(moca, ofBytes(limit))).status).toBe(200);
  expect(await postWebhook(moca, ofBytes(limit + 1))).toMatchObject({ status: 413, code: 'BAD_USER_INPUT' });
  for (const path of ['/meta/deauthorize', '/meta/data-deletion']) {
    const form = { method: 'POST', body: new URLSearchParams({ signed_request: 'x'.repeat(70_000) }) };
    expect((await send(moca, path, form)).status).toBe(413);
  }
  expect(await allEvents(moca)).toHaveLength(1);
});

test('When the database does not take it, Meta is not told that it was taken; repeated, it is.', async () => {
  await using moca = await createTestApp();
  const body = notificationOf(aComment('1', 'c1'), aComment('1', 'c2'));
  // The events are counted when they are written.
  await runSql(moca, 'alter table webhook_feed rename column stored to counted');
  expect((await postWebhook(moca, body)).status).toBe(500);
  await runSql(moca, 'alter table webhook_feed rename column counted to stored');
  expect(await status(moca)).toMatchObject({ stored: 0, lastReceivedAt: null });
  expect(await allEvents(moca)).toEqual([]);
  expect((await postWebhook(moca, body)).status).toBe(200);
  expect(await allEvents(moca)).toHaveLength(2);
});

test('No other method is answered, and no answer may be stored.', async () => {
  await using moca = await createTestApp({ env: set });
  for (const method of ['PUT', 'PATCH', 'DELETE']) {
    expect((await send(moca, '/webhooks/instagram', { method })).status).toBe(404);
  }
  for (const path of ['/meta/deauthorize', '/meta/data-deletion']) {
    expect((await send(moca, path)).status).toBe(404);
  }
  expect((await verify(moca)).headers.get('cache-control')).toBe('no-store');
});
