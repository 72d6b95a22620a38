import { expect, test } from 'vitest';
import {
  AuthUrlDocument,
  CompleteInstagramAuthDocument,
  InstagramAccessTokenDocument,
  InstagramAccountDocument,
  RefreshInstagramTokenDocument,
} from '../../src/generated/graphql.js';
import { DAY, plus } from '../../src/time.js';
import { anAccount, seedAccounts } from '../support/accounts.js';
import { post, postOperation, send } from '../support/http.js';
import { leaksIn } from '../support/leaks.js';
import { createNoticeReceiver } from '../support/notice-receiver.js';
import { scrape } from '../support/scrape.js';
import { runSql, sqlTime } from '../support/sql.js';
import { createTestApp, testSecrets } from '../support/test-app.js';

/** The figures that are single numbers, all of them 0 here. */
const figures = [
  'moca_connect_renewals_due',
  'moca_connect_oldest_due_renewal_age_seconds',
  'moca_connect_open_connection_attempts',
  'moca_connect_undelivered_notices',
  'moca_connect_renewal_breakers_open',
];

const asAdmin = { authorization: `Bearer ${testSecrets.adminKey}` };

test('Anybody who gets there can scrape the text format, and no cache stores it.', async () => {
  await using moca = await createTestApp();
  const { status, headers } = await send(moca, '/metrics');
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(headers.get('cache-control')).toBe('no-store');
  const { names } = await scrape(moca);
  expect(names).toEqual(
    expect.arrayContaining([
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_p99_seconds',
      'nodejs_gc_duration_seconds',
      'nodejs_version_info',
    ]),
  );
  expect(moca.sandbox.ledger.calls()).toEqual([]);
});

test('With METRICS=off the route is not there, and all else works.', async () => {
  await using moca = await createTestApp({ env: { METRICS: 'off' } });
  await moca.connect('page-token');
  expect(await send(moca, '/metrics')).toMatchObject({ status: 404, code: 'NOT_FOUND' });
});

test('The route is there under its own name alone, so that a proxy that keeps this name inside keeps it all.', async () => {
  await using moca = await createTestApp();
  expect((await send(moca, '/metrics?x=1')).status).toBe(200);
  for (const path of ['/metrics/', '/metrics/?x=1', '/%6Detrics', '/metric%73/']) {
    expect({ path, ...(await send(moca, path)) }).toMatchObject({ path, status: 404, code: 'NOT_FOUND' });
  }
});

test('Requests are counted by the pattern of their route, the method and the class of the answer.', async () => {
  await using moca = await createTestApp();
  await postOperation(moca, { query: '{ __typename }' });
  await postOperation(moca, { query: '{ __typename }' });
  await post(moca, '{');
  await send(moca, '/graphql');
  await send(moca, '/livez?x=1');
  await send(moca, '/nowhere/17841400000000001?access_token=canary');
  const { series, value } = await scrape(moca);
  expect(series('moca_connect_http_request_duration_seconds_count')).toEqual({
    '/graphql/POST/2xx': 2,
    '/graphql/POST/4xx': 1,
    '/graphql/GET/4xx': 1,
    '/livez/GET/2xx': 1,
    'other/GET/4xx': 1,
  });
  const labels = { route: '/graphql', method: 'POST', status: '2xx' };
  expect(value('moca_connect_http_request_duration_seconds_bucket', { ...labels, le: '+Inf' })).toBe(2);
  expect(value('moca_connect_http_request_duration_seconds_sum', labels)).toBeGreaterThan(0);
  expect(value('moca_connect_http_request_duration_seconds_sum', labels)).toBeLessThan(10);
});

test('Operations are counted by committed name, root field and code.', async () => {
  await using moca = await createTestApp();
  await moca.visitor.send(AuthUrlDocument, { challenge: 'A'.repeat(43) });
  await moca.visitor.fail(InstagramAccountDocument, { accountId: '1' });
  await moca.admin.fail(InstagramAccessTokenDocument, { accountId: '1' });
  await moca.service.fail(InstagramAccessTokenDocument, { accountId: '1' });
  const queries = [
    '{ authUrl }',
    'query SomethingElse { authUrl }',
    // A name that is ours, with a document that is not.
    'query RenewalStatus { authUrl }',
    '{ authUrl again: authUrl }',
    '{ ...F } fragment F on Query { authUrl }',
    '{ __typename }',
    '{ nothing }',
    '{',
    'query { instagramAccounts(first: 0) { totalCount } }',
  ];
  for (const query of queries) await postOperation(moca, { query }, asAdmin);
  const { series } = await scrape(moca);
  expect(series('moca_connect_graphql_operations_total')).toEqual({
    'AuthUrl/authUrl/none': 1,
    'InstagramAccount/instagramAccount/UNAUTHENTICATED': 1,
    'InstagramAccessToken/instagramAccessToken/FORBIDDEN': 1,
    'InstagramAccessToken/instagramAccessToken/NOT_FOUND': 1,
    'other/authUrl/none': 3,
    'other/other/none': 3,
    'other/other/GRAPHQL_VALIDATION_FAILED': 1,
    'other/other/GRAPHQL_PARSE_FAILED': 1,
    'other/instagramAccounts/BAD_USER_INPUT': 1,
  });
});

test('Whatever a caller makes up adds no line.', async () => {
  await using moca = await createTestApp();
  const play = async (seed: string): Promise<void> => {
    for (let index = 0; index < 20; index += 1) {
      const name = `${seed}${index}`;
      await postOperation(moca, { query: `query ${name} { ${name}: authUrl }`, operationName: name });
      await postOperation(moca, { query: `query ${name} { ${name} }` });
      await send(moca, `/${name}`, { method: 'PUT' });
      await send(moca, '/livez', { headers: { 'x-forwarded-for': `10.0.0.${index}`, 'user-agent': name } });
    }
  };
  const ours = async (): Promise<string[]> =>
    (await scrape(moca)).text
      .split('\n')
      .filter((line) => line.startsWith('moca_connect_'))
      .map((line) => line.replace(/ \S+$/, ''));
  await play('madeUp');
  await ours();
  const before = await ours();
  await play('invented');
  expect(await ours()).toEqual(before);
  const { text } = await scrape(moca);
  expect(text).not.toMatch(/madeUp|invented|10\.0\.0/);
});

test('Calls to Meta, connections, renewals and token reads are counted by what became of them.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  await moca.service.send(InstagramAccessTokenDocument, { accountId });
  await moca.service.send(InstagramAccessTokenDocument, { accountId });
  moca.clock.advance(2 * DAY);
  await moca.admin.send(RefreshInstagramTokenDocument, { accountId });
  moca.clock.advance(2 * DAY);
  moca.sandbox.faults.inject({ fault: 'invalid_token', endpoint: 'refresh_access_token' });
  await moca.admin.fail(RefreshInstagramTokenDocument, { accountId });
  const { series, value } = await scrape(moca);
  expect(series('moca_connect_connection_attempts_total')).toEqual({ 'instagram/saved/none': 1 });
  expect(series('moca_connect_token_reads_total')).toEqual({ 'LONG_LIVED/worker': 2 });
  expect(series('moca_connect_renewals_total')).toEqual({
    'LONG_LIVED/renewed/none': 1,
    'LONG_LIVED/failed/REAUTHORIZATION_REQUIRED': 1,
  });
  const calls = series('moca_connect_meta_call_duration_seconds_count');
  expect(calls).toMatchObject({
    'code_exchange/ok': 1,
    'refresh_access_token/ok': 1,
    'refresh_access_token/reauthorization': 1,
  });
  const pages: readonly string[] = ['dialog', 'consent'];
  const calledByServer = moca.sandbox.ledger
    .calls()
    .filter(({ endpoint }) => !pages.includes(endpoint)).length;
  expect(Object.values(calls).reduce((sum, one) => sum + one)).toBe(calledByServer);
  expect(
    value('moca_connect_meta_call_duration_seconds_sum', { endpoint: 'code_exchange', outcome: 'ok' }),
  ).toBeLessThan(10);
});

test('A connection that fails is counted with its code.', async () => {
  await using moca = await createTestApp();
  const { extensions } = await moca.visitor.fail(
    CompleteInstagramAuthDocument,
    await moca.consent('used-code'),
  );
  expect((await scrape(moca)).series('moca_connect_connection_attempts_total')).toEqual({
    [`moca/failed/${extensions.code}`]: 1,
  });
});

test('The figures are those of the database, and the same as what admins see.', async () => {
  await using notices = await createNoticeReceiver();
  await using moca = await createTestApp({ env: notices.env });
  const empty = await scrape(moca);
  expect(empty.series('moca_connect_accounts')).toEqual({
    ACTIVE: 0,
    EXPIRING_SOON: 0,
    EXPIRED: 0,
    REVOKED: 0,
    DISCONNECTED: 0,
  });
  const { accountId } = await moca.connect('page-token');
  await moca.connect('short-lived-only');
  moca.clock.advance(8 * DAY);
  const due = await scrape(moca);
  expect(due.value('moca_connect_database_up')).toBe(1);
  expect(due.series('moca_connect_accounts')).toMatchObject({ ACTIVE: 1, EXPIRED: 1 });
  expect(due.value('moca_connect_renewals_due')).toBe(2);
  expect(due.value('moca_connect_oldest_due_renewal_age_seconds')).toBe((8 * DAY) / 1_000 - 60);
  expect(due.value('moca_connect_open_connection_attempts')).toBe(0);
  expect(due.value('moca_connect_renewal_breakers_open')).toBe(0);
  expect(due.value('moca_connect_undelivered_notices')).toBe(0);

  const inAMinute = plus(moca.clock.now(), 60_000);
  await runSql(moca, `update auth_attempt set status = 'exchanged', lease_until = ${sqlTime(inAMinute)}`);
  await runSql(
    moca,
    `insert into renewal_breaker (app, opened_at, until, failed_probes) values ('instagram', ${sqlTime(new Date(1))}, ${sqlTime(inAMinute)}, 0)`,
  );
  moca.clock.advance(5_000);
  const busy = await scrape(moca);
  expect(busy.value('moca_connect_open_connection_attempts')).toBe(2);
  expect(busy.value('moca_connect_renewal_breakers_open')).toBe(1);
  await runSql(moca, 'delete from renewal_breaker');

  notices.answerWith(500);
  moca.sandbox.faults.inject({ fault: 'invalid_token', endpoint: 'any' });
  await moca.app.work();
  moca.clock.advance(10_000);
  const after = await scrape(moca);
  expect(after.value('moca_connect_renewals_due')).toBe(0);
  expect(after.value('moca_connect_oldest_due_renewal_age_seconds')).toBe(0);
  expect(after.value('moca_connect_undelivered_notices')).toBeGreaterThan(0);
  expect(after.series('moca_connect_notice_deliveries_total')).toMatchObject({ failed: expect.any(Number) });
  expect(after.text).not.toContain(accountId);
});

test('However many scrapes there are, the database is asked every five seconds at most.', async () => {
  await using moca = await createTestApp();
  await Promise.all(Array.from({ length: 20 }, () => scrape(moca)));
  await seedAccounts(moca, [anAccount()]);
  const active = async () => (await scrape(moca)).value('moca_connect_accounts', { state: 'ACTIVE' });
  moca.clock.advance(4_999);
  expect(await active()).toBe(0);
  moca.clock.advance(1);
  expect(await active()).toBe(1);
});

test('A database that is away leaves a gap in the figures, not in the scrape.', async () => {
  await using moca = await createTestApp();
  await moca.connect('page-token');
  expect((await scrape(moca)).series('moca_connect_accounts')).toMatchObject({ ACTIVE: 1 });
  await runSql(moca, 'alter table instagram_account rename to gone');
  moca.clock.advance(5_000);
  const away = await scrape(moca);
  expect(away.value('moca_connect_database_up')).toBe(0);
  expect(away.series('moca_connect_accounts')).toEqual({});
  for (const name of figures) expect({ name, value: away.value(name) }).toEqual({ name, value: null });
  expect(away.series('moca_connect_connection_attempts_total')).toEqual({ 'moca/saved/none': 1 });
  expect(moca.log.filter((line) => line.includes('could not be read'))).toHaveLength(1);

  await runSql(moca, 'alter table gone rename to instagram_account');
  moca.clock.advance(5_000);
  const back = await scrape(moca);
  expect(back.value('moca_connect_database_up')).toBe(1);
  expect(back.series('moca_connect_accounts')).toMatchObject({ ACTIVE: 1 });
  for (const name of figures) expect({ name, value: back.value(name) }).toEqual({ name, value: 0 });
});

test('Two servers in one process count each for itself, and a restart begins anew.', async () => {
  await using one = await createTestApp();
  await using other = await createTestApp();
  await one.connect('page-token');
  const attempts = 'moca_connect_connection_attempts_total';
  expect((await scrape(one)).series(attempts)).toEqual({ 'moca/saved/none': 1 });
  expect((await scrape(other)).series(attempts)).toEqual({});
  await one.restart();
  const { series } = await scrape(one);
  expect(series(attempts)).toEqual({});
  expect(series('moca_connect_accounts')).toMatchObject({ ACTIVE: 1 });
});

test('No line holds a secret, or anything about a person.', async () => {
  await using moca = await createTestApp();
  const callback = await moca.consent('page-token');
  const { accountId, accountName } = await moca.connect('page-token');
  await moca.visitor.send(CompleteInstagramAuthDocument, callback);
  await moca.service.send(InstagramAccessTokenDocument, { accountId });
  await moca.admin.send(RefreshInstagramTokenDocument, { accountId });
  await moca.visitor.fail(CompleteInstagramAuthDocument, await moca.consent('used-code'));
  await send(moca, `/instagram-callback?code=${callback.code}&state=${callback.state}`);
  const { text } = await scrape(moca);
  const secrets = [...moca.sandbox.ledger.secrets(), ...Object.values(testSecrets), callback.code];
  expect(leaksIn(text, secrets)).toEqual([]);
  expect(leaksIn(text, [accountId, accountName, '127.0.0.1', String(callback.state)])).toEqual([]);
  const labels = new Set((await scrape(moca)).samples.flatMap((sample) => Object.keys(sample.labels)));
  expect([...labels].filter((label) => /account|user|address|ip$|token/.test(label))).toEqual([]);
});
