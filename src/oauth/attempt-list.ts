import type { EntityManager, FilterQuery } from '@mikro-orm/core';
import { decodeCursor, encodeCursor } from '../pagination/cursor.js';
import { readPageRequest, type PageArguments } from '../pagination/page-request.js';
import { toPage, type Page } from '../pagination/to-page.js';
import { toProblemView, toStepViews } from '../tokens/step-view.js';
import { isOpen } from './attempt-store.js';
import { AuthAttempt, openStatuses, type AttemptStatus } from './auth-attempt.entity.js';
import type { AttemptOutcome, ConnectionAttempt } from './connection-attempt.type.js';
import type { StoredError } from './stored-error.js';

const LIST = 'attempts';

const STATUSES: Readonly<Record<AttemptOutcome, readonly AttemptStatus[]>> = {
  OPEN: openStatuses,
  SAVED: ['saved'],
  FAILED: ['failed'],
};

/**
 * A page of the attempts to connect, newest first. Nothing secret is read.
 *
 * @throws AppError BAD_USER_INPUT
 */
export async function listAttempts(
  em: EntityManager,
  outcome: AttemptOutcome | null,
  page: PageArguments,
): Promise<Page<ConnectionAttempt>> {
  const request = readPageRequest(page, decodeKey);
  const wanted: FilterQuery<AuthAttempt> =
    outcome === null ? {} : { status: { $in: [...STATUSES[outcome]] } };
  const { after } = request;
  const rows = await em.find(AuthAttempt, after === null ? wanted : { $and: [wanted, older(after)] }, {
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    limit: request.size + 1,
  });
  const newer =
    after === null
      ? null
      : await em.findOne(AuthAttempt, { $and: [wanted, { $not: older(after) }] }, { fields: ['id'] });
  return toPage(rows, request, newer !== null, (attempt) => ({
    cursor: encodeCursor([LIST, attempt.createdAt.getTime(), attempt.id]),
    node: toView(attempt),
  }));
}

interface Key {
  readonly createdAt: Date;
  readonly id: string;
}

function older({ createdAt, id }: Key): FilterQuery<AuthAttempt> {
  return { $or: [{ createdAt: { $lt: createdAt } }, { createdAt, id: { $lt: id } }] };
}

function decodeKey(cursor: string): Key | null {
  const [, createdAt, id, ...rest] = decodeCursor(cursor, LIST) ?? [];
  if (typeof createdAt !== 'number' || typeof id !== 'string' || rest.length > 0) return null;
  return { createdAt: new Date(createdAt), id };
}

function toView(attempt: AuthAttempt): ConnectionAttempt {
  return {
    id: attempt.id,
    at: attempt.createdAt,
    flow: attempt.flow,
    outcome: isOpen(attempt) ? 'OPEN' : attempt.status === 'saved' ? 'SAVED' : 'FAILED',
    accountId: attempt.account ?? null,
    steps: toStepViews(attempt.steps),
    problem: attempt.error == null ? null : toProblem(attempt.error),
  };
}

function toProblem({ code, message, userAction, meta, at }: StoredError) {
  return toProblemView({
    code,
    message,
    userAction,
    metaCode: meta?.code ?? null,
    metaSubcode: meta?.subcode ?? null,
    fbtraceId: meta?.fbtraceId ?? null,
    at,
  });
}
