import type { EntityManager } from '@mikro-orm/core';
import type {
  InstagramAccountFilter,
  InstagramAccountOrder,
} from '../../../src/accounts/account-filter.input.js';
import type { ServerCode } from './server-code.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const PAGE_SIZE = 50;

/** Something that the server asks its database, by the server's own code. */
export interface Question {
  readonly name: string;
  readonly ask: (em: EntityManager) => Promise<unknown>;
}

/** A row to begin a page at. */
export interface Place {
  readonly connected_at: number;
  readonly account_name: string;
  readonly expiry_order: number;
  readonly account_id: string;
}

export interface QuestionOptions {
  readonly code: ServerCode;
  readonly now: Date;
  /** For each order the row at nine tenths of the list. */
  readonly places: Readonly<Record<InstagramAccountOrder, Place>>;
}

const orders = {
  NEWEST_FIRST: 'connected_at',
  OLDEST_FIRST: 'connected_at',
  NAME_ASC: 'account_name',
  EXPIRY_ASC: 'expiry_order',
} as const satisfies Record<InstagramAccountOrder, keyof Place>;

/** Each filter, and several together. */
function filters(now: Date): Readonly<Record<string, InstagramAccountFilter>> {
  const inDays = (days: number): Date => new Date(now.getTime() + days * DAY);
  return {
    'state ACTIVE': { state: ['ACTIVE'] },
    'state EXPIRING_SOON': { state: ['EXPIRING_SOON'] },
    'state EXPIRED': { state: ['EXPIRED'] },
    'state REVOKED': { state: ['REVOKED'] },
    'state DISCONNECTED': { state: ['DISCONNECTED'] },
    'state REVOKED or EXPIRED': { state: ['REVOKED', 'EXPIRED'] },
    'kind PAGE': { kind: ['PAGE'] },
    'kind SHORT_LIVED': { kind: ['SHORT_LIVED'] },
    'needsReauthorization true': { needsReauthorization: true },
    'needsReauthorization false': { needsReauthorization: false },
    'expiresBefore in 1 day': { expiresBefore: inDays(1) },
    'expiresBefore in 30 days': { expiresBefore: inDays(30) },
    // Of a million names these are in 83,000, 9,000, 2,500, 44 and none.
    'name studio': { accountNameContains: 'studio' },
    'name studio7': { accountNameContains: 'studio7' },
    'name kabeli': { accountNameContains: 'kabeli' },
    'name kabelimor': { accountNameContains: 'kabelimor' },
    'name that nobody has': { accountNameContains: 'qqqq' },
    'name of two letters that nobody has': { accountNameContains: 'qz' },
    'state ACTIVE, kind SHORT_LIVED (none)': { state: ['ACTIVE'], kind: ['SHORT_LIVED'] },
    'kind LONG_LIVED, state REVOKED': { kind: ['LONG_LIVED'], state: ['REVOKED'] },
    'state ACTIVE, name studio': { state: ['ACTIVE'], accountNameContains: 'studio' },
    'state ACTIVE, name kabeli': { state: ['ACTIVE'], accountNameContains: 'kabeli' },
    'state ACTIVE, name that nobody has': { state: ['ACTIVE'], accountNameContains: 'qqqq' },
    'state EXPIRED, name studio': { state: ['EXPIRED'], accountNameContains: 'studio' },
    'state REVOKED, name kabelimor': { state: ['REVOKED'], accountNameContains: 'kabelimor' },
    'kind PAGE, name studio7': { kind: ['PAGE'], accountNameContains: 'studio7' },
    'needsReauthorization true, name studio7': { needsReauthorization: true, accountNameContains: 'studio7' },
    'needsReauthorization true, name kabeli': { needsReauthorization: true, accountNameContains: 'kabeli' },
    'expiresBefore in 30 days, name studio': { expiresBefore: inDays(30), accountNameContains: 'studio' },
    'expiresBefore in 30 days, name studio7': { expiresBefore: inDays(30), accountNameContains: 'studio7' },
    'kind LONG_LIVED, expiresBefore in 7 days, needsReauthorization false': {
      kind: ['LONG_LIVED'],
      expiresBefore: inDays(7),
      needsReauthorization: false,
    },
  };
}

/** Everything of which there may be as many rows as accounts. */
export function questions(options: QuestionOptions): Question[] {
  return [...lists(options), ...counts(options), ...sweeps(options)];
}

function lists({ code, now, places }: QuestionOptions): Question[] {
  const list = (
    name: string,
    orderBy: InstagramAccountOrder,
    filter: InstagramAccountFilter | null,
    after: string | null,
  ): Question => ({
    name,
    ask: async (em) =>
      code.listAccounts(em, { filter, orderBy, first: PAGE_SIZE, after, fields: code.viewFields }, now),
  });
  return Object.entries(orders).flatMap(([order, column]) => {
    const orderBy = order as InstagramAccountOrder;
    const place = places[orderBy];
    const deep = code.encodeCursor([orderBy, place[column], place.account_id]);
    return [
      list(`${order}, first page`, orderBy, null, null),
      list(`${order}, page at 90 %`, orderBy, null, deep),
      list(`${order}, name studio7, page at 90 %`, orderBy, { accountNameContains: 'studio7' }, deep),
      ...Object.entries(filters(now)).map(([name, filter]) =>
        list(`${order}, ${name}`, orderBy, filter, null),
      ),
    ];
  });
}

function counts({ code, now }: QuestionOptions): Question[] {
  return [
    { name: 'totalCount of all', ask: (em) => code.countAccounts(em, null, now) },
    ...Object.entries(filters(now)).map(([name, filter]) => ({
      name: `totalCount, ${name}`,
      ask: (em: EntityManager) => code.countAccounts(em, filter, now),
    })),
    { name: 'stats by state', ask: (em) => code.countByState(em, now) },
    { name: 'stats by kind', ask: (em) => code.countByKind(em) },
    { name: 'forecast of 366 days', ask: (em) => code.forecastExpiry(em, now) },
    { name: 'renewals that are due', ask: (em) => code.countDue(em, now) },
  ];
}

function sweeps({ code, now, places }: QuestionOptions): Question[] {
  const { account_id: accountId } = places.NAME_ASC;
  const until = new Date(now.getTime() + HOUR);
  const longAgo = new Date(now.getTime() - 400 * DAY);
  const attempts = (em: EntityManager) => {
    const own = (): EntityManager => em;
    return new code.AttemptStore(own, code.cipher, 'bench', new code.GroupCommit(own));
  };
  const events = (em: EntityManager) =>
    new code.EventStore({ em: () => em, forwards: true, retentionMs: 7 * DAY });
  return [
    {
      name: 'claim of due renewals',
      ask: (em) => code.claimDueAccounts(em, { now, kinds: ['LONG_LIVED'], limit: 10 }),
    },
    {
      name: 'claim of due short-lived renewals',
      ask: (em) => code.claimDueAccounts(em, { now, kinds: ['SHORT_LIVED'], limit: 10 }),
    },
    {
      name: 'due renewals, for the queue',
      ask: (em) => code.findDueAccounts(em, { now, kinds: ['LONG_LIVED'], limit: 5_000 }),
    },
    {
      name: 'due subscriptions, for the queue',
      ask: (em) => code.findDueSubscriptions(em, { now, kinds: ['PAGE'], limit: 5_000 }),
    },
    {
      name: 'claim of due subscriptions',
      ask: (em) => code.claimDueSubscriptions(em, { now, kinds: ['PAGE'], limit: 10 }, until),
    },
    { name: 'check of states', ask: (em) => code.checkStates(em, () => undefined, now) },
    {
      name: 'renewals of the last 8 hours',
      ask: (em) => code.recentRenewals(em, 'instagram', new Date(now.getTime() - 8 * HOUR), accountId),
    },
    { name: 'accounts of webhook entries', ask: (em) => code.findEntryAccounts(em, [accountId, '1', '2']) },
    { name: 'history of an account', ask: (em) => code.listEvents(em, accountId, { first: PAGE_SIZE }) },
    { name: 'removal of old history', ask: (em) => code.pruneEvents(em, longAgo) },
    { name: 'attempts, first page', ask: (em) => code.listAttempts(em, null, { first: PAGE_SIZE }) },
    { name: 'attempts that are due', ask: (em) => attempts(em).findDue(now, 10) },
    { name: 'removal of old attempts', ask: (em) => attempts(em).prune(longAgo) },
    { name: 'claim of notices', ask: (em) => new code.Outbox(() => em, 'notice').claim(now, 10) },
    { name: 'removal of old notices', ask: (em) => code.pruneNotices(em, longAgo) },
    {
      name: 'claim of webhook events',
      ask: (em) => new code.Outbox(() => em, 'webhook_event').claim(now, 10),
    },
    {
      name: 'webhook events, first page',
      ask: (em) => code.listWebhookEvents(em, null, { first: PAGE_SIZE }),
    },
    { name: 'removal of old webhook events', ask: (em) => events(em).prune(now) },
  ];
}
