import type { EntityManager } from '@mikro-orm/core';
import { sql } from 'kysely';
import { decodeIdCursor, encodeCursor } from '../pagination/cursor.js';
import { readPageRequest, type PageArguments } from '../pagination/page-request.js';
import { toPage, type Page } from '../pagination/to-page.js';
import { compileOnce } from '../sql/compile-once.js';
import { locksRows } from '../sql/row-locks.js';
import { storedTime } from '../sql/stored-time.js';
import { accountTables, type AccountTables } from './account-table.js';
import type { AccountEvent as AccountEventView } from './history.type.js';
import { AccountEvent } from './account-event.entity.js';

/** What can happen to an account. */
type AccountEventType =
  | 'connected'
  | 'reconnected'
  | 'kept'
  | 'merged'
  | 'renewed'
  | 'failed'
  | 'expiring'
  | 'expired'
  | 'revoked'
  | 'token_read'
  | 'settings_changed'
  | 'disconnected'
  | 'deleted';

export interface NewEvent {
  readonly accountId: string;
  readonly at: Date;
  readonly type: AccountEventType;
  /** `admin:<key name>`, `service:<key name>`, `meta`, or `system` (the server, or a person without a key). */
  readonly actor: string;
  /** One plain sentence; never a token, code or settings text. */
  readonly detail: string | null;
}

/** Writes an event down, as part of the caller's transaction. */
export function recordEvent(em: EntityManager, { accountId, ...event }: NewEvent): void {
  em.persist(em.create(AccountEvent, { ...event, account: accountId, subjectHash: null, onceKey: null }));
}

/** The same, at once and without an entity: for what is written many times a second. */
export async function insertEvent(
  transaction: EntityManager,
  { accountId, at, type, actor, detail }: NewEvent,
): Promise<void> {
  await writeEvent(transaction, accountId, storedTime(transaction, at), type, actor, detail);
}

const writeEvent = compileOnce<
  AccountTables,
  unknown,
  [account: string, at: number, type: string, actor: string, detail: string | null]
>((tables) =>
  tables.insertInto('account_event').values({ account_id: '', at: 0, type: '', actor: '', detail: '' }),
);

/** Writes down that somebody read the account's token: once a day (UTC) for each of them. */
export async function recordTokenRead(
  em: EntityManager,
  { accountId, actor, at }: Pick<NewEvent, 'accountId' | 'actor' | 'at'>,
): Promise<void> {
  const onceKey = `token_read:${at.toISOString().slice(0, 10)}:${actor}`;
  const tables = accountTables(em);
  const known = await tables
    .selectFrom('account_event')
    .select('id')
    .where('account_id', '=', accountId)
    .where('once_key', '=', onceKey)
    .executeTakeFirst();
  if (known !== undefined) return;
  await tables
    .insertInto('account_event')
    .columns(['account_id', 'at', 'type', 'actor', 'once_key'])
    // An account that has just been deleted gets none.
    .expression((eb) =>
      eb
        .selectFrom('instagram_account')
        .select((one) => [
          'account_id',
          // A parameter among a query's columns has no type of its own.
          sql<number>`cast(${storedTime(em, at)} as timestamptz)`.as('at'),
          one.val('token_read').as('type'),
          one.val(actor).as('actor'),
          one.val(onceKey).as('once_key'),
        ])
        .where('account_id', '=', accountId)
        .$if(locksRows(em), (account) => account.forKeyShare()),
    )
    .onConflict((conflict) => conflict.columns(['account_id', 'once_key']).doNothing())
    .execute();
}

/** How many events one statement removes: on SQLite everybody else waits for it. */
const PRUNED_TOGETHER = 1_000;

/** Removes events from before `before`, but not what says that an account was deleted. */
export async function pruneEvents(em: EntityManager, before: Date): Promise<void> {
  const statement = accountTables(em)
    .deleteFrom('account_event')
    .where('id', 'in', (event) =>
      event
        .selectFrom('account_event')
        .select('id')
        .where('at', '<', storedTime(em, before))
        .where('account_id', 'is not', null)
        .orderBy('at')
        .limit(PRUNED_TOGETHER),
    )
    .returning('id');
  while ((await statement.execute()).length === PRUNED_TOGETHER);
}

const LIST = 'history';

/**
 * A page of an account's history, newest first.
 *
 * @throws AppError BAD_USER_INPUT
 */
export async function listEvents(
  em: EntityManager,
  accountId: string,
  page: PageArguments,
): Promise<Page<AccountEventView>> {
  const request = readPageRequest(page, (cursor) => decodeIdCursor(cursor, LIST));
  const { size, after } = request;
  const events = accountTables(em).selectFrom('account_event').where('account_id', '=', accountId);
  const rows = await events
    .select(['id', 'at', 'type', 'actor', 'detail'])
    .$if(after !== null, (query) => query.where('id', '<', after))
    .orderBy('id', 'desc')
    .limit(size + 1)
    .execute();
  const newer =
    after === null
      ? undefined
      : await events.select('id').where('id', '>=', after).limit(1).executeTakeFirst();
  return toPage(rows, request, newer !== undefined, (row) => ({
    cursor: encodeCursor([LIST, row.id]),
    node: { ...row, id: String(row.id), at: new Date(row.at) },
  }));
}
