import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readNotification, type Update } from '../../../src/webhooks/read-notification.js';
import { escapedJson } from '../../../src/sandbox/push/escaped-json.js';
import { aComment, aMessage, notificationOf } from '../../support/webhooks.js';

const receivedAt = new Date('2026-11-25T12:00:00Z');
const ID = '17841400000000009';

function read(content: unknown) {
  return readNotification(
    Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)),
    receivedAt,
  );
}

/** The updates of one notification of Instagram's with these entries. */
function updatesOf(...entry: object[]): readonly Update[] {
  const { updates, unreadable } = read({ object: 'instagram', entry });
  expect(unreadable).toBe(0);
  return updates;
}

function onlyUpdate(...entry: object[]): Update {
  const [update, ...others] = updatesOf(...entry);
  expect(others).toEqual([]);
  if (update === undefined) throw new Error('There is no update.');
  return update;
}

const value = { id: '17865', from: { id: '526', username: 'alice' }, text: 'hi' };

describe('The shapes:', () => {
  test('A direct message as it was captured: an entry with `messaging`, its times in milliseconds.', () => {
    const captured =
      '{"object":"instagram","entry":[{"time":1752834911539,"id":"17841400000000009","messaging":[{"sender":{"id":"526000000000001"},"recipient":{"id":"17841400000000009"},"timestamp":1752834910447,"message":{"mid":"aWdfZAG1f","text":"test"}}]}]}';
    const { updates } = read(captured);
    expect(updates).toEqual([
      {
        key: expect.stringMatching(/^[0-9a-f]{64}$/),
        entryId: ID,
        object: 'instagram',
        field: 'messages',
        isEcho: false,
        occurredAt: new Date(1_752_834_910_447),
        payload:
          '{"sender":{"id":"526000000000001"},"recipient":{"id":"17841400000000009"},"timestamp":1752834910447,"message":{"mid":"aWdfZAG1f","text":"test"}}',
      },
    ]);
  });

  test('A comment in `changes`, its time in seconds, and the same right on the entry are one update.', () => {
    const nested = onlyUpdate({ id: ID, time: 1_520_383_571, changes: [{ field: 'comments', value }] });
    const flat = onlyUpdate({ id: ID, time: 1_520_383_571, field: 'comments', value });
    expect(nested).toEqual({
      key: expect.any(String),
      entryId: ID,
      object: 'instagram',
      field: 'comments',
      isEcho: false,
      occurredAt: new Date('2018-03-07T00:46:11.000Z'),
      payload: JSON.stringify(value),
    });
    expect(flat).toEqual(nested);
  });

  test('A whole body in an array is read like the body itself.', () => {
    const notification = { object: 'instagram', entry: [aComment(ID, '1')] };
    expect(read([notification])).toEqual(read(notification));
    expect(read([notification, notification]).updates).toHaveLength(2);
  });

  test('A message in `changes` is the same as in `messaging`.', () => {
    const { messaging } = aMessage(ID, 'm1') as { messaging: object[] };
    const inChanges = onlyUpdate({ id: ID, time: 1, changes: [{ field: 'messages', value: messaging[0] }] });
    expect(inChanges).toEqual(onlyUpdate(aMessage(ID, 'm1')));
  });

  test('Every update of every entry is read, in its order.', () => {
    const updates = updatesOf(
      { id: '1', time: 1, messaging: [{ message: { mid: 'a' } }, { message: { mid: 'b' } }] },
      {
        id: '2',
        time: 1,
        changes: [
          { field: 'comments', value },
          { field: 'mentions', value: { media_id: '1' } },
        ],
      },
      { id: '1', time: 1, standby: [{ message: { mid: 'c' } }] },
    );
    expect(updates.map(({ entryId, field }) => `${entryId} ${field}`)).toEqual([
      '1 messages',
      '1 messages',
      '2 comments',
      '2 mentions',
      '1 standby',
    ]);
  });

  test('What a messaging item is about is told by what it holds.', () => {
    const fields = [
      { message: { mid: '1' } },
      { reaction: { mid: '1' } },
      { read: { mid: '1' } },
      { postback: { mid: '1' } },
      { referral: {} },
      { optin: {} },
      { message_edit: { mid: '1' } },
      { something_new: {} },
    ].map((item) => onlyUpdate({ id: ID, time: 1, messaging: [item] }).field);
    expect(fields).toEqual([
      'messages',
      'message_reactions',
      'messaging_seen',
      'messaging_postbacks',
      'messaging_referral',
      'messaging_optins',
      'message_edit',
      'messaging',
    ]);
  });

  test("The dashboard's test notification, which is about nobody, is read.", () => {
    expect(onlyUpdate({ id: '0', time: 1, changes: [{ field: 'comments', value }] }).entryId).toBe('0');
  });
});

test('Ids above 2^53 stay exact, in entries and in what they hold.', () => {
  const { updates } = read(
    '{"object":"instagram","entry":[{"id":30927608773521033,"time":1,"changes":[{"field":"mentions","value":{"media_id":17911793187219001}}]}]}',
  );
  expect(updates[0]).toMatchObject({
    entryId: '30927608773521033',
    payload: '{"media_id":"17911793187219001"}',
  });
});

test('Text comes as it was written, whatever Meta escaped.', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const { updates } = read(escapedJson({ object: 'instagram', entry: [aComment(ID, '1', text)] }));
      expect(JSON.parse(updates[0]?.payload ?? '')).toMatchObject({ text });
    }),
  );
});

test('Seconds, milliseconds and dates are told apart; what is no time is when it arrived.', () => {
  const at = (time: unknown): Date => onlyUpdate({ id: ID, time, field: 'x', value: {} }).occurredAt;
  const moment = new Date('2026-11-25T11:59:59.000Z');
  for (const time of [
    moment.getTime(),
    moment.getTime() / 1_000,
    String(moment.getTime()),
    String(moment.getTime() / 1_000),
    moment.toISOString(),
  ]) {
    expect({ time, read: at(time) }).toEqual({ time, read: moment });
  }
  for (const time of [undefined, null, 0, -1, 'soon', {}, [], true, 1e300, '9'.repeat(16)]) {
    expect({ time, read: at(time) }).toEqual({ time, read: receivedAt });
  }
});

test('An echo is what the account itself wrote: a message that says so, or a comment from its own id.', () => {
  expect(onlyUpdate(aMessage(ID, 'm')).isEcho).toBe(false);
  expect(onlyUpdate(aMessage(ID, 'm', { is_echo: false })).isEcho).toBe(false);
  expect(onlyUpdate(aMessage(ID, 'm', { is_echo: true })).isEcho).toBe(true);
  const own = { ...value, from: { id: ID, username: 'shop' } };
  expect(onlyUpdate({ id: ID, time: 1, changes: [{ field: 'comments', value: own }] }).isEcho).toBe(true);
});

describe('The key', () => {
  const keyOf = (...entry: object[]): string => onlyUpdate(...entry).key;

  test('of a message is its mid, whatever else of it or of the batch differs.', () => {
    const first = keyOf(aMessage(ID, 'm1'));
    expect(keyOf(aMessage(ID, 'm1', { text: 'other', timestamp: 7 }))).toBe(first);
    expect(keyOf(aMessage(ID, 'm2'))).not.toBe(first);
  });

  test('of a message that is deleted is another one than when it came.', () => {
    expect(keyOf(aMessage(ID, 'm1', { is_deleted: true }))).not.toBe(keyOf(aMessage(ID, 'm1')));
  });

  test('of a message between two accounts of ours is one for each of them.', () => {
    expect(keyOf(aMessage(ID, 'm1'))).not.toBe(keyOf(aMessage('17841400000000011', 'm1', { is_echo: true })));
  });

  test('of what becomes of a message is not that of the message.', () => {
    const read = { id: ID, time: 1, messaging: [{ timestamp: 2, read: { mid: 'm1' } }] };
    const reaction = { id: ID, time: 1, messaging: [{ timestamp: 2, reaction: { mid: 'm1' } }] };
    expect(new Set([keyOf(read), keyOf(reaction), keyOf(aMessage(ID, 'm1'))]).size).toBe(3);
  });

  test('of a comment is its id and the field.', () => {
    const first = keyOf(aComment(ID, 'c1'));
    expect(keyOf(aComment(ID, 'c1', 'other', 7))).toBe(first);
    expect(keyOf({ id: ID, time: 1, field: 'live_comments', value })).not.toBe(
      keyOf({ id: ID, time: 1, field: 'comments', value }),
    );
    expect(keyOf(aComment(ID, 'c2'))).not.toBe(first);
  });

  test('of anything else is all of its content, in whatever order that stands.', () => {
    const one = { id: ID, time: 1, field: 'story_insights', value: { a: 1, b: { c: 2, d: [3, 4] } } };
    const same = { field: 'story_insights', value: { b: { d: [3, 4], c: 2 }, a: 1 }, time: 1, id: ID };
    expect(keyOf(same)).toBe(keyOf(one));
    for (const other of [
      { ...one, time: 2 },
      { ...one, id: '5' },
      { ...one, field: 'mentions' },
      { ...one, value: { a: 1, b: { c: 2, d: [4, 3] } } },
      { ...one, value: null },
      { ...one, value: { a: '1', b: { c: 2, d: [3, 4] } } },
    ]) {
      expect(keyOf(other)).not.toBe(keyOf(one));
    }
  });

  test('is never that of another update, however their texts run together.', () => {
    const id = fc.stringMatching(/^\w{1,4}$/);
    fc.assert(
      fc.property(id, id, id, id, (one, mid, other, otherMid) => {
        fc.pre(one !== other || mid !== otherMid);
        expect(keyOf(aMessage(one, mid))).not.toBe(keyOf(aMessage(other, otherMid)));
      }),
    );
  });
});

describe('What cannot be read is counted, and the rest is kept:', () => {
  test.each<[string, number, number]>([
    ['', 0, 1],
    ['{', 0, 1],
    ['null', 0, 1],
    ['7', 0, 1],
    ['"x"', 0, 1],
    ['[]', 0, 0],
    ['{}', 0, 1],
    ['{"entry":{}}', 0, 1],
    ['{"entry":[]}', 0, 0],
    ['{"entry":[null,7,"x",[],{}]}', 0, 5],
    ['{"entry":[{"id":"1"}]}', 0, 1],
    ['{"entry":[{"id":"1","changes":[]}]}', 0, 1],
    ['{"entry":[{"changes":[{"field":"comments"}]}]}', 0, 1],
    ['{"entry":[{"id":{"$ne":1},"field":"x"}]}', 0, 1],
    ['{"entry":[{"id":"a b","field":"x"},{"id":"1","field":"x"}]}', 1, 1],
    [`${'['.repeat(100_000)}`, 0, 1],
    [`{"entry":[{"id":"1","field":"x","value":${'['.repeat(100_000)}${']'.repeat(100_000)}}]}`, 0, 1],
  ])('%j', (text, updates, unreadable) => {
    const notification = read(text);
    expect([notification.updates.length, notification.unreadable]).toEqual([updates, unreadable]);
  });

  test('an update without a name or a value has `unknown` and null.', () => {
    const { updates } = read(
      '{"entry":[{"id":"1","changes":[null,{"field":"a\\u0000b"},{"field":7,"value":8}]}]}',
    );
    expect(updates.map(({ object, field, payload }) => [object, field, payload])).toEqual([
      ['unknown', 'unknown', 'null'],
      ['unknown', 'unknown', 'null'],
      ['unknown', 'unknown', '8'],
    ]);
  });

  test('whatever JSON arrives, nothing is thrown.', () => {
    const entry = fc.record(
      {
        id: fc.oneof(fc.string(), fc.integer(), fc.jsonValue()),
        time: fc.jsonValue(),
        changes: fc.jsonValue(),
        messaging: fc.oneof(fc.array(fc.jsonValue()), fc.jsonValue()),
        field: fc.jsonValue(),
        value: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.array(entry).map((list) => notificationOf(...list)),
        ),
        (text) => {
          const { updates } = read(text);
          for (const { payload, key, occurredAt } of updates) {
            expect(() => JSON.parse(payload) as unknown).not.toThrow();
            expect(key).toMatch(/^[0-9a-f]{64}$/);
            expect(occurredAt.getTime()).not.toBeNaN();
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
