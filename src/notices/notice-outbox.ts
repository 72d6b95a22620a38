import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/core';
import { Notice } from './notice.entity.js';

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

/**
 * Removes notices that ended before `before`, and those from before then that never did: nobody sends them since
 * there is nowhere to send them any more.
 *
 * @returns how many of the latter there were
 */
export async function pruneNotices(em: EntityManager, before: Date): Promise<number> {
  await em.nativeDelete(Notice, { endedAt: { $lt: before } });
  return em.nativeDelete(Notice, { endedAt: null, createdAt: { $lt: before } });
}
