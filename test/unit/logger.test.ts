import { expect, test } from 'vitest';
import { MetaError } from '../../src/meta/meta-error.js';
import { Secret } from '../../src/secret.js';
import { logLines } from '../support/log-lines.js';
import { leaksIn, shown } from '../support/leaks.js';
import { made, madeToken } from '../support/scripted-meta.js';

test('A line is one JSON object with a time, a level, its fields and its text.', async () => {
  const log = await logLines();
  log.logger.info({ attemptId: 'a', durationMs: 3 }, 'connection saved');
  expect(log.lines).toHaveLength(1);
  expect(log.lines[0]).toMatch(/^\{.*\}\n$/);
  expect(log.last).toEqual({
    level: 30,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
    attemptId: 'a',
    durationMs: 3,
    msg: 'connection saved',
  });
});

test('The line of a request is the one that would be written of its fields.', async () => {
  const log = await logLines();
  const requestId = '0b0e3f6a-4a0e-4a55-9ef7-0a8f4a6e3a51';
  const fields = { requestId, method: 'POST', path: '/graphql', status: 503, durationMs: 12 } as const;
  log.logger.info(fields, 'request');
  log.logger.request({ time: Date.now(), ...fields });
  const [byPino, byHand] = log.lines.map((line) => line.replace(/"time":"[^"]+"/, '"time":"…"'));
  expect(byHand).toBe(byPino);
});

test('Lines below the level are not written.', async () => {
  const log = await logLines('warn');
  log.logger.info('unseen');
  log.logger.warn('seen');
  log.logger.request({
    time: 0,
    requestId: '0b0e3f6a-4a0e-4a55-9ef7-0a8f4a6e3a51',
    method: 'POST',
    path: '/graphql',
    status: 200,
    durationMs: 1,
  });
  expect(log.lines).toHaveLength(1);
});

const secretNames = [
  'accessToken',
  'access_token',
  'pageAccessToken',
  'fb_exchange_token',
  'token',
  'TOKEN',
  'authorization',
  'Authorization',
  'clientSecret',
  'client_secret',
  'INSTAGRAM_CLIENT_SECRET',
  'appsecret_proof',
  'cookie',
  'set-cookie',
  'password',
  'verifier',
  'code_verifier',
  'signed_request',
  'signedRequest',
  'code',
  'state',
];

test.for(secretNames)(
  'What is called %s is not logged, however deep it lies and whatever it is.',
  async (name) => {
    const log = await logLines();
    const secret = made('secret').reveal();
    log.logger.info({
      [name]: secret,
      one: { [name]: [secret], two: [{ three: { [name]: { deeper: secret } } }] },
    });
    expect(log.lines).toHaveLength(1);
    expect(leaksIn(log.lines.join(''), [secret])).toEqual([]);
    expect(log.lines[0]).toContain(`"${name}":"[secret]"`);
  },
);

test('What only resembles such a name stays, and so do numbers: those of Meta’s errors are called code.', async () => {
  const log = await logLines();
  const fields = {
    errorCode: 'CODE_INVALID',
    tokenKind: 'PAGE',
    tokenVersion: 7,
    hasToken: true,
    token: null,
    meta: { code: 190, subcode: 463 },
    path: ['instagramAccessToken'],
    at: new Date(0),
  };
  log.logger.info(fields);
  expect(log.last).toMatchObject({ ...fields, at: '1970-01-01T00:00:00.000Z' });
});

test('A Secret is never revealed, whatever it is called.', async () => {
  const log = await logLines();
  const secret = new Secret(made('secret').reveal());
  log.logger.info({ harmless: secret, list: [secret] }, `in the text: ${String(secret)}`);
  expect(leaksIn(log.lines.join(''), [secret.reveal()])).toEqual([]);
  expect(log.last).toMatchObject({ harmless: '[secret]', list: ['[secret]'], msg: 'in the text: [secret]' });
});

test('A token in a text is blanked out, wherever the text stands.', async () => {
  const log = await logLines();
  const token = madeToken('EAA').reveal();
  log.logger.warn(
    { url: `https://graph.facebook.com/me?access_token=${token}`, a: { b: [token] } },
    `got ${token}`,
  );
  log.logger.warn(`line one\n${token}\t"${token}"`);
  log.logger.error(new Error(`Bad: ${encodeURIComponent(`x=${token}`)}`));
  expect(leaksIn(log.lines.join(''), [token])).toEqual([]);
  expect(log.lines.map((line) => JSON.parse(line) as object)).toHaveLength(3);
});

test('A line stays JSON when what is blanked out stands before a quote.', async () => {
  const log = await logLines();
  log.logger.warn('GET "/callback?code=made-up" and "client_secret=made-up\\" failed');
  expect(log.last['msg']).toBe('GET "/callback?code=[secret]" and "client_secret=[secret]\\" failed');
});

test('Of an error the line has name, message, code and frames, and none of its other properties.', async () => {
  const log = await logLines();
  const hidden = made('value').reveal();
  const error = Object.assign(new TypeError('went wrong'), {
    code: 'SQLITE_BUSY',
    options: { url: `https://graph.facebook.com/?x=${hidden}` },
    detail: `Key (code_hash)=(${hidden})`,
  });
  log.logger.error({ err: error }, 'a sweep failed');
  expect(log.last['err']).toEqual({
    name: 'TypeError',
    message: 'went wrong',
    errorCode: 'SQLITE_BUSY',
    stack: expect.stringMatching(/^ {4}at .*logger\.test\.ts/) as string,
  });
  expect(leaksIn(log.lines.join(''), [hidden])).toEqual([]);
});

test('What an error calls its code is logged only where it reads like one.', async () => {
  const log = await logLines();
  const code = made('code').reveal();
  log.logger.error({ err: Object.assign(new Error('x'), { code }) }, 'x');
  log.logger.error({ err: Object.assign(new Error('x'), { code: 19 }) }, 'x');
  expect(log.lines.filter((line) => line.includes('errorCode'))).toEqual([]);
  expect(leaksIn(log.lines.join(''), [code])).toEqual([]);
});

test('A message of several lines does not pass for frames.', async () => {
  const log = await logLines();
  const value = made('value').reveal();
  log.logger.error({ err: new Error(`insert into a values (1)\n    at ${value}`) }, 'x');
  expect(log.last).toMatchObject({ err: { message: '[statement]' } });
  expect(leaksIn(log.lines.join(''), [value])).toEqual([]);
});

test('An error is described like that under any name, in lists, as the line itself and as a cause.', async () => {
  const log = await logLines();
  const hidden = made('value').reveal();
  const inner = Object.assign(new Error('inner'), { options: hidden });
  const outer = new Error('outer', { cause: inner });
  log.logger.error({ reason: outer, all: [outer] }, 'under other names');
  log.logger.error(outer);
  log.logger.error({ err: new AggregateError([inner, outer], 'both') }, 'several');
  expect(leaksIn(log.lines.join(''), [hidden])).toEqual([]);
  expect(log.lines.join('').match(/"message":"inner"/g)).toHaveLength(5);
  expect(JSON.parse(log.lines[1] ?? '')).toMatchObject({
    msg: 'outer',
    err: { message: 'outer', cause: { name: 'Error', message: 'inner' } },
  });
});

test('Errors that are each other’s cause end somewhere.', async () => {
  const log = await logLines();
  const first = new Error('first');
  const second = new Error('second', { cause: first });
  first.cause = second;
  const loop: Record<string, unknown> = { name: 'loop' };
  loop['self'] = loop;
  log.logger.error({ err: first, loop }, 'round and round');
  expect(log.last).toMatchObject({
    err: { message: 'first', cause: { message: 'second', cause: '[more]' } },
    loop: { name: 'loop', self: '[more]' },
  });
});

test('A cause that is no error is described all the same.', async () => {
  const log = await logLines();
  const token = madeToken('IGAA').reveal();
  for (const cause of [
    `no: ${token}`,
    `select * from a where t = '${token}'`,
    { accessToken: token },
    7,
    null,
    Object.create(null),
    Symbol('x'),
  ]) {
    log.logger.error({ err: new Error('x', { cause }) }, 'a cause');
  }
  expect(log.lines).toHaveLength(7);
  expect(log.lines[1]).toContain('"cause":"[statement]"');
  expect(leaksIn(log.lines.join(''), [token])).toEqual([]);
});

test('What was thrown without being an error is logged without its token.', async () => {
  const log = await logLines();
  const token = madeToken('IGAA').reveal();
  log.logger.error({ err: `thrown ${token}` }, 'a text');
  log.logger.error({ err: { token } }, 'an object');
  log.logger.error({ err: undefined }, 'nothing');
  expect(log.lines).toHaveLength(3);
  expect(leaksIn(log.lines.join(''), [token])).toEqual([]);
});

test('Instances are named, not taken apart: nobody has looked through their fields.', async () => {
  const log = await logLines();
  const hidden = made('value').reveal();
  class Entity {
    ciphertext = hidden;
  }
  log.logger.info({
    entity: new Entity(),
    map: new Map([['a', hidden]]),
    bytes: Buffer.from(hidden),
    url: new URL(`https://graph.facebook.com/?x=${hidden}`),
  });
  expect(log.last).toMatchObject({ entity: '[Entity]', map: '[Map]', bytes: '[Buffer]', url: '[URL]' });
  expect(leaksIn(log.lines.join(''), [hidden])).toEqual([]);
});

test.for<[string, string]>([
  [
    "insert into `auth_attempt` (`id`, `code_hash`) values ('1', 'VALUE') - UNIQUE constraint failed: auth_attempt.code_hash",
    '[statement] - UNIQUE constraint failed: auth_attempt.code_hash',
  ],
  [
    'update "instagram_account" set "access_token" = \'VALUE - VALUE\' where "id" = 1 - database is locked',
    '[statement] - database is locked',
  ],
  ["select `a`.* from `a` where `t` = 'VALUE'", '[statement]'],
  ["DELETE FROM a WHERE t = 'VALUE - VALUE'", '[statement]'],
  ["with `x` as (select 'VALUE') select * from x - no such table: y", '[statement] - no such table: y'],
  ["replace into a values ('VALUE')", '[statement]'],
  ['duplicate key\n - detail: Key (a)=(VALUE - VALUE) exists.\n - hint: VALUE', 'duplicate key'],
  [
    "insert into a values ('VALUE') - violates b\n - detail: Failing row contains (VALUE,\nVALUE).",
    '[statement] - violates b',
  ],
  [
    'SqliteError: insert into "a" ("t") values (\'VALUE\nVALUE\') - duplicate key value violates unique constraint "a_t"',
    'SqliteError: [statement] - duplicate key value violates unique constraint "a_t"',
  ],
  ['UNIQUE constraint failed: a.id', 'UNIQUE constraint failed: a.id'],
  ['a - b - c', 'a - b - c'],
])('A database message %j is logged without the values of its statement.', async ([message, readable]) => {
  const log = await logLines();
  const value = made('value').reveal();
  const error = new Error(message.replaceAll('VALUE', value));
  log.logger.error({ err: error }, 'a sweep failed');
  expect(log.last).toMatchObject({ err: { message: readable } });
  log.logger.error(error);
  expect(log.last).toMatchObject({ msg: readable, err: { message: readable } });
  log.logger.error({ err: new Error('outer', { cause: error }) }, 'x');
  expect(log.last).toMatchObject({ err: { cause: { message: readable } } });
  expect(leaksIn(log.lines.join(''), [value])).toEqual([]);
});

test("A refusal of Meta's is logged with what it means, its numbers, and its words without secrets.", async () => {
  const log = await logLines();
  const meta = { code: 190, subcode: 463, type: 'OAuthException', fbtraceId: 'A-example' };
  const error = new MetaError({
    endpoint: 'ig_me',
    errorClass: 'reauthorization',
    code: 'REAUTHORIZATION_REQUIRED',
    status: 400,
    meta,
    requestSent: true,
    refused: true,
    diagnosis: 'Session has expired',
  });
  log.logger.warn({ err: error }, 'Meta refused a call');
  expect(log.last['err']).toMatchObject({
    name: 'MetaError',
    errorCode: 'REAUTHORIZATION_REQUIRED',
    errorClass: 'reauthorization',
    diagnosis: 'Session has expired',
    meta,
  });
  expect(await shown(error)).toContain('Session has expired');
});
