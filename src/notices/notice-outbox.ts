import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { locksRows } from '../sql/row-locks.js';
import { storedTime } from '../sql/stored-time.js';
import { MINUTE, plus } from '../time.js';
import { Notice } from './notice.entity.js';

/** Outlives a delivery. */
const LEASE_MS = MINUTE;

/**
 * - `needs_reauthorization`: a person has to connect the account again
 * - `expiring`: fewer than 7 days are left, and the renewal fails
 * - `recovered`: the end of one of these
 * - `breaker_opened`, `breaker_closed`: all renewals pause, and go on
 */
type NoticeType = 'needs_reauthorization' | 'expiring' | 'recovered' | 'breaker_opened' | 'breaker_closed';

export interface NewNotice {
  readonly type: NoticeType;
  readonly at: Date;
  /** What it is about; notices of one subject are delivered in their order. */
  readonly subject: string;
  readonly account: { readonly accountId: string; readonly accountName: string } | null;
  /** The refusal behind it; never a token, code or secret. */
  readonly problem: object | null;
  readonly detail: string | null;
}

/** Writes a notice down, as part of the caller's transaction. */
export type RecordNotice = (em: EntityManager, notice: NewNotice) => void;

export const recordNotice: RecordNotice = (em, { subject, at, type, account, problem, detail }) => {
  const key = randomUUID();
  em.persist(
    em.create(Notice, {
      key,
      subject,
      body: JSON.stringify({ id: key, type, at: at.toISOString(), account, problem, detail }),
      createdAt: at,
      tries: 0,
    }),
  );
};

/** Removes what is told, or was, about an account, as part of the caller's transaction. */
export async function eraseNotices(em: EntityManager, accountId: string): Promise<void> {
  await em.nativeDelete(Notice, { subject: accountId });
}

/** What is told about one account goes with the one that it was merged into, as part of the transaction. */
export async function moveNotices(em: EntityManager, from: string, to: string): Promise<void> {
  await em.nativeUpdate(Notice, { subject: from }, { subject: to });
}

interface NoticeTables {
  notice: {
    id: number;
    key: string;
    subject: string;
    body: string;
    created_at: number;
    tries: number;
    retry_at: number | null;
    fence: string | null;
    lease_until: number | null;
    ended_at: number | null;
  };
}

/** A notice that this process sends, by a claim that no other process has. */
export interface ClaimedNotice {
  readonly id: number;
  readonly key: string;
  readonly body: string;
  readonly createdAt: Date;
  readonly tries: number;
  readonly fence: string;
}

/**
 * Claims up to `limit` notices that are due: of each subject only the first that has not ended. Two processes
 * never claim the same one: it is one statement, which passes over what another one is just claiming.
 */
export async function claimNotices(em: EntityManager, now: Date, limit: number): Promise<ClaimedNotice[]> {
  const fence = randomUUID();
  const time = storedTime(em, now);
  const rows = await (em as SqlEntityManager)
    .getKysely<NoticeTables>()
    .with('claimable', (tables) =>
      tables
        .selectFrom('notice as due')
        .select('due.id')
        .where('due.ended_at', 'is', null)
        .where((is) => is.or([is('due.retry_at', 'is', null), is('due.retry_at', '<=', time)]))
        .where((is) => is.or([is('due.lease_until', 'is', null), is('due.lease_until', '<=', time)]))
        .where((is) =>
          is.not(
            is.exists(
              is
                .selectFrom('notice as earlier')
                .select('earlier.id')
                .whereRef('earlier.subject', '=', 'due.subject')
                .whereRef('earlier.id', '<', 'due.id')
                .where('earlier.ended_at', 'is', null),
            ),
          ),
        )
        .orderBy('due.id')
        .limit(limit)
        .$if(locksRows(em), (notices) => notices.forUpdate().skipLocked()),
    )
    .updateTable('notice')
    .set({ fence, lease_until: storedTime(em, plus(now, LEASE_MS)) })
    .where('id', 'in', (eb) => eb.selectFrom('claimable').select('id'))
    .returning(['id', 'key', 'body', 'created_at', 'tries'])
    .execute();
  return rows.map(({ created_at, ...row }) => ({ ...row, fence, createdAt: new Date(created_at) }));
}

/** It was delivered, or given up: what comes after it may go. */
export async function endNotice(em: EntityManager, { id, fence }: ClaimedNotice, now: Date): Promise<void> {
  await em.nativeUpdate(Notice, { id, fence }, { endedAt: now, fence: null, leaseUntil: null });
}

export async function postponeNotice(
  em: EntityManager,
  { id, fence, tries }: ClaimedNotice,
  retryAt: Date,
): Promise<void> {
  await em.nativeUpdate(Notice, { id, fence }, { tries: tries + 1, retryAt, fence: null, leaseUntil: null });
}

/** Removes notices that ended before `before`. */
export async function pruneNotices(em: EntityManager, before: Date): Promise<void> {
  await em.nativeDelete(Notice, { endedAt: { $lt: before } });
}
