import { expect, test } from 'vitest';
import { z } from 'zod';
import { MetaError } from '../../../src/meta/meta-error.js';
import { readAnswer, type RawAnswer } from '../../../src/meta/read-answer.js';
import { MINUTE } from '../../../src/time.js';

const schema = z.object({ id: z.string(), list: z.array(z.object({ token: z.string() })).optional() });

function read(raw: Partial<RawAnswer>, secrets: readonly string[] = []): z.infer<typeof schema> {
  return readAnswer(
    { endpoint: 'ig_me', schema, secrets },
    { status: 200, contentType: 'application/json', regainMs: null, text: '', ...raw },
  );
}

function failure(raw: Partial<RawAnswer>, secrets?: readonly string[]): MetaError {
  try {
    read(raw, secrets);
  } catch (error) {
    if (error instanceof MetaError) return error;
    throw error;
  }
  throw new Error('Expected a failure.');
}

test('A body as documented is what comes back, without the rest of it.', () => {
  expect(read({ text: '{"id":"1","more":{"x":1}}' })).toEqual({ id: '1' });
  expect(read({ status: 201, contentType: '', text: '\n{"id":"1"}' })).toEqual({ id: '1' });
  // Some of Meta's answers say that they are text/javascript.
  expect(read({ contentType: 'text/javascript; charset=UTF-8', text: '{"id":"1"}' })).toEqual({ id: '1' });
});

test.for([
  ['an HTML page with 502', { status: 502, contentType: 'text/html', text: '<html>' }, 'META_UNAVAILABLE'],
  ['an HTML page with 403', { status: 403, contentType: 'text/html', text: '<html>' }, 'META_UNAVAILABLE'],
  ['an HTML page with 200', { contentType: 'text/html; charset=utf-8', text: '<html>' }, 'META_BAD_RESPONSE'],
  ['an HTML page with 429', { status: 429, contentType: 'text/html', text: '<html>' }, 'META_RATE_LIMITED'],
  ['an empty body with 200', { text: '' }, 'META_BAD_RESPONSE'],
  ['an empty body with 204', { status: 204, contentType: '', text: '' }, 'META_BAD_RESPONSE'],
  ['an empty body with 500', { status: 500, text: '' }, 'META_UNAVAILABLE'],
  ['an empty body with 400', { status: 400, text: '' }, 'META_BAD_RESPONSE'],
  ['half of an answer', { text: '{"id":"1' }, 'META_BAD_RESPONSE'],
  ['two answers', { text: '{"id":"1"}{"id":"1"}' }, 'META_BAD_RESPONSE'],
  ['a redirect', { status: 302, text: '' }, 'META_BAD_RESPONSE'],
  ['a redirect with a good body', { status: 302, text: '{"id":"1"}' }, 'META_BAD_RESPONSE'],
  ['a good body with 404', { status: 404, text: '{"id":"1"}' }, 'META_BAD_RESPONSE'],
  ['a good body with 503', { status: 503, text: '{"id":"1"}' }, 'META_UNAVAILABLE'],
  ['a good body with 429', { status: 429, text: '{"id":"1"}' }, 'META_RATE_LIMITED'],
  ['null', { text: 'null' }, 'META_BAD_RESPONSE'],
  ['a list', { text: '[]' }, 'META_BAD_RESPONSE'],
  ['an error that is a text', { status: 400, text: '{"error":"invalid"}' }, 'META_BAD_RESPONSE'],
] as const)('The answer is %s: it is not Meta that has refused.', ([_what, raw, code]) => {
  expect(failure(raw)).toMatchObject({
    code,
    status: 'status' in raw ? raw.status : 200,
    refused: false,
    requestSent: true,
    meta: { code: null, subcode: null, type: null, fbtraceId: null },
  });
});

test('The time to wait for comes with every kind of rate limit, five minutes where Meta names none, and with nothing else.', () => {
  const html = { contentType: 'text/html', text: '<html>' };
  for (const answer of [html, { text: '{}' }, { text: '{"error":{"message":"x","code":4}}' }]) {
    expect(failure({ ...answer, status: 429, regainMs: 2 * MINUTE }).regainMs).toBe(2 * MINUTE);
    expect(failure({ ...answer, status: 429 }).regainMs).toBe(5 * MINUTE);
  }
  expect(failure({ ...html, status: 502, regainMs: 2 * MINUTE }).regainMs).toBeNull();
});

test('What differs from the documentation is named by its place, never by what stood there.', () => {
  const { diagnosis, message } = failure({
    text: '{"id":7,"list":[{"token":"t"},{"token":["made-up-token"]}]}',
  });
  expect(diagnosis).toBe('Not as documented: id, list.1.token.');
  expect(message).toBe('Meta sent an answer that is not the documented one (HTTP 200): ig_me');
  expect(failure({ text: '"made-up-token"' }).diagnosis).toBe('Not as documented: (root).');
  const many = JSON.stringify({ id: '1', list: Array.from({ length: 99 }, () => ({})) });
  expect(failure({ text: many }).diagnosis).toBe(
    'Not as documented: list.0.token, list.1.token, list.2.token, list.3.token, list.4.token.',
  );
});

test('A type of content is named without its parameters.', () => {
  const { diagnosis } = failure({ contentType: 'text/html; charset=utf-8', text: '<html>' });
  expect(diagnosis).toBe('The answer is not JSON but text/html.');
  expect(failure({ contentType: '', text: 'x' }).diagnosis).toBe(
    'The answer is not JSON but of no stated type.',
  );
});

test("Meta's own words are cut off after 300 characters, and its other texts are short or absent.", () => {
  const long = 'x'.repeat(10_000);
  const error = { message: long, type: long, code: 190, fbtrace_id: long };
  const { diagnosis, meta } = failure({ status: 400, text: JSON.stringify({ error }) });
  expect(diagnosis).toBe('x'.repeat(300));
  expect(meta).toEqual({ code: 190, subcode: null, type: null, fbtraceId: null });
});

test('What was sent and must not be shown is blanked out of everything that Meta can write into.', () => {
  const secret = 'made-up/secret+value';
  const secrets = [secret];
  const error = { message: `Malformed ${secret}.`, type: secret, code: 190, fbtrace_id: `A${secret}` };
  const refused = failure({ status: 400, text: JSON.stringify({ error }) }, secrets);
  expect(refused.diagnosis).toBe('Malformed [secret].');
  expect(refused.meta).toMatchObject({ type: '[secret]', fbtraceId: 'A[secret]' });
  const flat = { error_type: secret, code: 400, error_message: encodeURIComponent(secret) };
  const flatly = failure({ status: 400, text: JSON.stringify(flat) }, secrets);
  expect(flatly).toMatchObject({ diagnosis: '[secret]', meta: { type: '[secret]' } });
  expect(failure({ contentType: `x/${secret}`, text: '<' }, secrets).diagnosis).toBe(
    'The answer is not JSON but x/[secret].',
  );
});

test('Words are cut off after they were blanked out, so that no secret is cut in two.', () => {
  const secret = 'made-up-secret-of-some-length';
  const error = { message: 'x'.repeat(285) + secret, code: 190 };
  const { diagnosis } = failure({ status: 400, text: JSON.stringify({ error }) }, [secret]);
  expect(diagnosis).toBe(`${'x'.repeat(285)}[secret]`);
});
