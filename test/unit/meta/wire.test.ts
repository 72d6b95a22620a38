import { expect, test } from 'vitest';
import type { ZodType } from 'zod';
import {
  readRefusal,
  wireExpiresIn,
  wireId,
  wireInteger,
  wireNodeId,
  wirePermissions,
  wireText,
  wireToken,
  wireUsername,
} from '../../../src/meta/wire.js';

const REFUSED = Symbol('refused');

function reader(schema: ZodType): (value: unknown) => unknown {
  return (value) => {
    const parsed = schema.safeParse(value);
    return parsed.success ? parsed.data : REFUSED;
  };
}

test('An id is a text without blanks or a whole number, and always comes out as text.', () => {
  const read = reader(wireId);
  expect(['17841405793187219', 1_207_059, '<IG_ID>', 'x'.repeat(64)].map(read)).toEqual([
    '17841405793187219',
    '1207059',
    '<IG_ID>',
    'x'.repeat(64),
  ]);
  const bad = [
    '',
    ' ',
    '1 2',
    '1\n',
    'x'.repeat(65),
    -1,
    1.5,
    1e300,
    Number.NaN,
    null,
    undefined,
    true,
    [],
    {},
  ];
  expect(bad.map(read)).toEqual(bad.map(() => REFUSED));
});

test('An id that becomes part of a path cannot name another path.', () => {
  const read = reader(wireNodeId);
  expect(['134895793791914', 7, '12_3'].map(read)).toEqual(['134895793791914', '7', '12_3']);
  const bad = ['..', '.', '1/2', '1/..', '1?x', '1#x', '%2e1', 'me', '<ID>', '١'];
  expect(bad.map(read)).toEqual(bad.map(() => REFUSED));
});

test('A token is trimmed, and has from 1 to 8,192 characters.', () => {
  const read = reader(wireToken);
  expect(['a', ' a\n', 'x'.repeat(8192)].map(read)).toEqual(['a', 'a', 'x'.repeat(8192)]);
  const bad = ['', ' \n', 'x'.repeat(8193), 1, null, undefined, ['a']];
  expect(bad.map(read)).toEqual(bad.map(() => REFUSED));
});

test('A whole number may come as text, and nothing else is taken for one.', () => {
  const read = reader(wireInteger);
  expect([0, -1, 190, '190', '-7', '000'].map(read)).toEqual([0, -1, 190, 190, -7, 0]);
  const bad = [
    '',
    ' 1',
    '1.5',
    '1e3',
    '0x1',
    '9'.repeat(16),
    1.5,
    Number.POSITIVE_INFINITY,
    true,
    false,
    null,
    [],
    [1],
  ];
  expect(bad.map(read)).toEqual(bad.map(() => REFUSED));
});

test('Seconds to live are counted on when they are whole, positive and under ten years; else nothing was said.', () => {
  const read = reader(wireExpiresIn);
  expect([1, '5183944', 315_359_999].map(read)).toEqual([1, 5_183_944, 315_359_999]);
  const unsaid = [undefined, null, 0, -1, 0.5, 315_360_000, '', 'soon', '30927608773521033', true, {}, []];
  expect(unsaid.map(read)).toEqual(unsaid.map(() => null));
});

test('A text that is only shown may be anything: what is no good counts as absent.', () => {
  const read = reader(wireText(3));
  expect(['a', 'abc', 'abcd', '', 7, null, undefined, ['a']].map(read)).toEqual([
    'a',
    'abc',
    ...Array<null>(6).fill(null),
  ]);
});

test('Permissions come as a list, or as one text with commas or blanks.', () => {
  const read = reader(wirePermissions);
  expect([['a', ' b ', ''], 'a,b', 'a b', ' a ,\n b ', '', []].map(read)).toEqual([
    ['a', 'b'],
    ['a', 'b'],
    ['a', 'b'],
    ['a', 'b'],
    [],
    [],
  ]);
  const bad = [null, 7, { a: 1 }, [1], [['a']]];
  expect(bad.map(read)).toEqual(bad.map(() => REFUSED));
});

const NOTHING = { code: null, subcode: null, type: null, fbtraceId: null };

test('A refusal in the Graph shape is read with its numbers.', () => {
  const error = {
    message: 'm',
    type: 'OAuthException',
    code: 190,
    error_subcode: 463,
    is_transient: false,
    error_user_title: 't',
    fbtrace_id: 'A-example',
  };
  expect(readRefusal({ error })).toEqual({
    shape: 'graph',
    message: 'm',
    isTransient: false,
    numbers: { code: 190, subcode: 463, type: 'OAuthException', fbtraceId: 'A-example' },
  });
});

test('A Graph refusal whose fields are garbage is a refusal all the same.', () => {
  const garbage = { message: 7, type: [], code: 'x', error_subcode: {}, is_transient: 'yes', fbtrace_id: 7 };
  for (const error of [
    {},
    garbage,
    { code: null, type: null },
    { type: 'x'.repeat(65), fbtrace_id: 'x'.repeat(129) },
  ]) {
    expect(readRefusal({ error })).toEqual({
      shape: 'graph',
      message: '',
      isTransient: false,
      numbers: NOTHING,
    });
  }
  expect(readRefusal({ error: { code: '190', error_subcode: '463' } })?.numbers).toEqual({
    ...NOTHING,
    code: 190,
    subcode: 463,
  });
});

test('A refusal in the flat shape is known by any of its three texts.', () => {
  const flat = (body: object) => readRefusal(body);
  expect(flat({ error_type: 'OAuthException', code: 400, error_message: 'm' })).toEqual({
    shape: 'flat',
    message: 'm',
    isTransient: false,
    numbers: { ...NOTHING, code: 400, type: 'OAuthException' },
  });
  expect(flat({ error_message: 'm', error_description: 'd' })?.message).toBe('m');
  expect(flat({ error: 'invalid_request', error_description: 'd' })).toMatchObject({
    shape: 'flat',
    message: 'd',
  });
  expect(flat({ error_type: 'OAuthException' })).toMatchObject({ shape: 'flat', message: '' });
  expect(flat({ error_message: 7, error_type: 'OAuthException', code: '400' })).toMatchObject({
    message: '',
    numbers: { code: 400 },
  });
});

test('Everything else is no refusal.', () => {
  const bodies = [
    null,
    7,
    'error',
    [],
    {},
    { access_token: 't' },
    { error: null },
    { error: 'x' },
    { error: [] },
    { code: 400 },
    { error_message: null, error_description: null, error_type: null, access_token: 't' },
    { data: { error: { code: 190 } } },
  ];
  expect(bodies.map(readRefusal)).toEqual(bodies.map(() => null));
});

test('Texts come as every database can hold them, and an id holds nothing that cannot be seen.', () => {
  expect(reader(wireText(9))('a\0b\ud800')).toBe('ab\ufffd');
  expect(reader(wireUsername)('al\0ice')).toBe('alice');
  expect(reader(wireUsername)('\0')).toBe(REFUSED);
  expect(reader(wireId)('17\0')).toBe(REFUSED);
});

test('The id 0 is nobody: it would make one of everybody.', () => {
  for (const none of ['0', '000']) expect(reader(wireId)(none)).toBe(REFUSED);
  expect(reader(wireId)('10')).toBe('10');
});

test('A username holds no control characters: terminals would obey them.', () => {
  expect(wireUsername.parse('a\u0007\u001b[31mb\u009fc')).toBe('a[31mbc');
});
