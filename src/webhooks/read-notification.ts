import { parseJsonLosslessly } from '../lossless-json.js';
import { SECOND } from '../time.js';
import { asRecord, updateKey } from './update-key.js';

/** One update of a notification. */
export interface Update {
  readonly key: string;
  readonly entryId: string;
  readonly object: string;
  readonly field: string;
  /** What the account itself wrote: whoever answers it answers himself. */
  readonly isEcho: boolean;
  /** By Meta's clock; when it arrived, where Meta does not say. */
  readonly occurredAt: Date;
  /** JSON. */
  readonly payload: string;
}

export interface Notification {
  readonly updates: readonly Update[];
  /** Parts that hold no update, or one of nobody's. */
  readonly unreadable: number;
}

/** By what a messaging item holds, the field that it is an update of. */
const MESSAGING_FIELDS: ReadonlyArray<readonly [string, string]> = [
  ['message', 'messages'],
  ['message_edit', 'message_edit'],
  ['reaction', 'message_reactions'],
  ['postback', 'messaging_postbacks'],
  ['read', 'messaging_seen'],
  ['referral', 'messaging_referral'],
  ['optin', 'messaging_optins'],
];

/** Milliseconds since 1970 are above it, seconds below: until the year 5138. */
const LEAST_MILLISECONDS = 1e11;

/** What an update consists of, before it is given its key. */
interface RawUpdate {
  readonly field: string;
  readonly time: unknown;
  readonly value: unknown;
}

/**
 * Reads an event notification, in every shape that Meta's documentation or its traffic has: one object, or an
 * array of them; updates in `changes`, in `messaging`, or right on the entry. Never throws: what was signed and
 * cannot be read is counted, because Meta repeats what is refused for 36 hours and then ends the subscription.
 *
 * @see https://developers.facebook.com/docs/instagram-platform/webhooks
 */
export function readNotification(body: Buffer, receivedAt: Date): Notification {
  const updates: Update[] = [];
  let unreadable = 0;
  try {
    const content = parseJsonLosslessly(body.toString('utf8'));
    for (const notification of Array.isArray(content) ? (content as unknown[]) : [content]) {
      const { object, entry } = asRecord(notification);
      if (!Array.isArray(entry)) unreadable += 1;
      for (const one of Array.isArray(entry) ? (entry as unknown[]) : []) {
        const read = readEntry(one, nameOf(object), receivedAt);
        updates.push(...read);
        if (read.length === 0) unreadable += 1;
      }
    }
  } catch (error) {
    // SyntaxError: no JSON. RangeError: nested without end.
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    unreadable += 1;
  }
  return { updates, unreadable };
}

function readEntry(entry: unknown, object: string, receivedAt: Date): Update[] {
  const fields = asRecord(entry);
  const entryId = readId(fields['id']);
  if (entryId === null) return [];
  return rawUpdates(fields).map(({ field, time, value }) => ({
    key: updateKey({ entryId, field, time: time ?? null, value }),
    entryId,
    object,
    field,
    isEcho: isEcho(entryId, value),
    occurredAt: readTime(time) ?? receivedAt,
    payload: JSON.stringify(value ?? null),
  }));
}

/** Nobody's id is 0, but the dashboard's test notifications are of that one: they are seen to have arrived. */
function readId(id: unknown): string | null {
  const text = typeof id === 'number' ? String(id) : id;
  return typeof text === 'string' && /^[\w.-]{1,64}$/.test(text) ? text : null;
}

function rawUpdates(entry: Readonly<Record<string, unknown>>): RawUpdate[] {
  const { time, changes, messaging, standby } = entry;
  const updates: RawUpdate[] = [];
  for (const change of listOf(changes)) {
    const { field, value } = asRecord(change);
    updates.push({ field: nameOf(field), time: asRecord(value)['timestamp'] ?? time, value });
  }
  for (const item of listOf(messaging)) {
    updates.push({ field: messagingField(item), time: asRecord(item)['timestamp'] ?? time, value: item });
  }
  for (const item of listOf(standby)) {
    updates.push({ field: 'standby', time: asRecord(item)['timestamp'] ?? time, value: item });
  }
  if (updates.length === 0 && entry['field'] !== undefined) {
    updates.push({ field: nameOf(entry['field']), time, value: entry['value'] });
  }
  return updates;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function messagingField(item: unknown): string {
  const fields = asRecord(item);
  return MESSAGING_FIELDS.find(([name]) => fields[name] !== undefined)?.[1] ?? 'messaging';
}

/** A name as Meta's are; anything else is nobody's business. */
function nameOf(value: unknown): string {
  return typeof value === 'string' && /^[\w.-]{1,64}$/.test(value) ? value : 'unknown';
}

function isEcho(entryId: string, value: unknown): boolean {
  const { message, from } = asRecord(value);
  if (asRecord(message)['is_echo'] === true) return true;
  return readId(asRecord(from)['id']) === entryId;
}

/** Seconds in Meta's documentation, milliseconds in much of its traffic; ISO 8601 in some values. */
function readTime(time: unknown): Date | null {
  const number = typeof time === 'string' && /^\d{1,16}$/.test(time) ? Number(time) : time;
  if (typeof number === 'string') return validDate(new Date(number));
  if (typeof number !== 'number' || number <= 0) return null;
  return validDate(new Date(number < LEAST_MILLISECONDS ? number * SECOND : number));
}

function validDate(date: Date): Date | null {
  return Number.isNaN(date.getTime()) ? null : date;
}
