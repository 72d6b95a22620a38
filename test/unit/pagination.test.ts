import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/errors.js';
import { decodeCursor, encodeCursor } from '../../src/pagination/cursor.js';
import { readPageRequest } from '../../src/pagination/page-request.js';
import { toPage } from '../../src/pagination/to-page.js';

describe('A cursor', () => {
  const part = fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.constantFrom(0, 8.64e15, -8.64e15));

  test('gives back what was put in, in its own list and in no other.', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 20 }),
        fc.array(part, { maxLength: 4 }),
        fc.string(),
        (name, parts, other) => {
          const cursor = encodeCursor([name, ...parts]);
          expect(decodeCursor(cursor, name)).toEqual([name, ...parts.map((one) => (one === 0 ? 0 : one))]);
          if (other === name) return;
          expect(decodeCursor(cursor, other)).toBeNull();
        },
      ),
    );
  });

  test('is text that fits into a URL and a header.', () => {
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        expect(encodeCursor(['list', ...parts])).toMatch(/^[\w-]+$/);
      }),
    );
  });

  test('is nothing else that somebody sends, and never an error.', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.base64String(), fc.json()), (text) => {
        expect(decodeCursor(text, 'list')).toBeNull();
      }),
    );
  });

  test('is not read when it is longer than any of ours.', () => {
    const cursor = encodeCursor(['list', 'x'.repeat(3_000)]);
    expect(cursor.length).toBeGreaterThan(2_048);
    expect(decodeCursor(cursor, 'list')).toBeNull();
  });
});

describe('A page request', () => {
  const decode = (cursor: string): string | null => (cursor.startsWith('ok') ? cursor : null);
  const read = (page: Parameters<typeof readPageRequest>[0]) => readPageRequest(page, decode);

  test('is the first 20 when nothing is said.', () => {
    const nothing = { size: 20, backward: false, after: null, before: null };
    expect(read({})).toEqual(nothing);
    expect(read({ first: null, last: null, after: null, before: null })).toEqual(nothing);
  });

  test('goes backwards for last, whatever the cursors.', () => {
    expect(read({ last: 3, after: 'ok1', before: 'ok2' })).toEqual({
      size: 3,
      backward: true,
      after: 'ok1',
      before: 'ok2',
    });
    expect(read({ before: 'ok2' })).toMatchObject({ backward: false, size: 20 });
  });

  test('takes 1 to 100, and nothing around that.', () => {
    expect([read({ first: 1 }).size, read({ last: 100 }).size]).toEqual([1, 100]);
    for (const size of [0, -0, -1, 101, Number.MAX_SAFE_INTEGER]) {
      expect(() => read({ first: size })).toThrow(new AppError('BAD_USER_INPUT', 'first: must be 1 to 100.'));
      expect(() => read({ last: size })).toThrow(new AppError('BAD_USER_INPUT', 'last: must be 1 to 100.'));
    }
  });

  test('does not go both ways, and does not guess at a cursor.', () => {
    expect(() => read({ first: 1, last: 1 })).toThrow('first and last: give one of them.');
    expect(() => read({ after: '' })).toThrow('after: is not a cursor of this list.');
    expect(() => read({ before: 'x' })).toThrow('before: is not a cursor of this list.');
  });
});

describe('A page', () => {
  const make = (rows: readonly number[], size: number, backward = false, isBounded = false) =>
    toPage(rows, { size, backward, after: null, before: null }, isBounded, (row) => ({
      cursor: `c${row}`,
      node: row,
    }));

  test('leaves the one row out that was read too much, and says that the list goes on.', () => {
    const { edges, pageInfo } = make([1, 2, 3], 2);
    expect(edges.map(({ node }) => node)).toEqual([1, 2]);
    expect(pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: 'c1',
      endCursor: 'c2',
    });
  });

  test('that was read from the end comes in the order of the list.', () => {
    const { edges, pageInfo } = make([9, 8, 7], 2, true, true);
    expect(edges.map(({ node }) => node)).toEqual([8, 9]);
    expect(pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: true,
      startCursor: 'c8',
      endCursor: 'c9',
    });
  });

  test('that is exactly full says that nothing follows, in either direction.', () => {
    expect(make([1, 2], 2).pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
    expect(make([2, 1], 2, true).pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
  });

  test('without rows has no cursors.', () => {
    expect(make([], 2, false, true)).toEqual({
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null },
    });
  });
});
