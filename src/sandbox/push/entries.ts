import { numericLiteral, type JsonObject } from '../json.js';
import { randomNumericId, randomText } from '../random-text.js';

export const entryKinds = [
  'comment',
  'flat_comment',
  'reply',
  'message',
  'echo',
  'unsend',
  'reaction',
  'read',
] as const;

/**
 * Something that happens at an account:
 * - `comment`, `flat_comment`: the same in `changes`, and right on the entry as Meta's newest example has it
 * - `reply`: a comment of the account's own
 * - `message`, `echo`: from a customer, and to one
 * - `unsend`, `reaction`, `read`: what becomes of a message
 */
export type EntryKind = (typeof entryKinds)[number];

export interface EntryOptions {
  /** Of the professional account. */
  readonly id: string;
  readonly username: string;
  readonly at: Date;
  readonly text: string;
}

/** One entry of a notification. Times are seconds for comments and milliseconds for messages, as in real traffic. */
export function createEntry(kind: EntryKind, options: EntryOptions): JsonObject {
  const { id, at } = options;
  switch (kind) {
    case 'comment':
      return { id, time: secondsOf(at), changes: [{ field: 'comments', value: customerComment(options) }] };
    case 'flat_comment':
      return { id, time: secondsOf(at), field: 'comments', value: customerComment(options) };
    case 'reply':
      return { id, time: secondsOf(at), changes: [{ field: 'comments', value: ownComment(options) }] };
    case 'message':
      return messaging(options, fromCustomer(options, { message: newMessage(options) }));
    case 'echo':
      return messaging(options, toCustomer(options, { message: { ...newMessage(options), is_echo: true } }));
    case 'unsend':
      return messaging(options, fromCustomer(options, { message: { mid: messageId(), is_deleted: true } }));
    case 'reaction':
      return messaging(
        options,
        fromCustomer(options, {
          reaction: { mid: messageId(), action: 'react', reaction: 'love', emoji: '❤' },
        }),
      );
    case 'read':
      return messaging(options, fromCustomer(options, { read: { mid: messageId() } }));
  }
}

function customerComment({ text }: EntryOptions): JsonObject {
  return comment({ id: CUSTOMER_ID, username: 'alice' }, text);
}

function ownComment({ id, username, text }: EntryOptions): JsonObject {
  return comment({ id, username }, text);
}

/** Ids are texts in Meta's examples; the media's is a bare number here, as ids have been seen elsewhere. */
function comment(from: JsonObject, text: string): JsonObject {
  return {
    id: `17865${randomNumericId()}`,
    from,
    text,
    media: { id: numericLiteral(`17911${randomNumericId().slice(0, 12)}`), media_product_type: 'FEED' },
  };
}

function messaging({ id, at }: EntryOptions, item: JsonObject): JsonObject {
  return { time: at.getTime() + 1, id, messaging: [item] };
}

function fromCustomer({ id, at }: EntryOptions, content: JsonObject): JsonObject {
  return { sender: { id: CUSTOMER_ID }, recipient: { id }, timestamp: at.getTime(), ...content };
}

function toCustomer({ id, at }: EntryOptions, content: JsonObject): JsonObject {
  return { sender: { id }, recipient: { id: CUSTOMER_ID }, timestamp: at.getTime(), ...content };
}

function newMessage({ text }: EntryOptions): JsonObject {
  return { mid: messageId(), text };
}

/** A person as the account knows them. */
const CUSTOMER_ID = '526000000000001';

function messageId(): string {
  return `aWdfZAG1f${randomText(60)}`;
}

function secondsOf(date: Date): number {
  return Math.floor(date.getTime() / 1_000);
}
