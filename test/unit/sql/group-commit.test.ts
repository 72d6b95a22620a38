import { expect, test } from 'vitest';
import type { EntityManager } from '@mikro-orm/core';
import { GroupCommit } from '../../../src/sql/group-commit.js';
import { MetaLimit } from '../../../src/tokens/meta-limit.entity.js';
import { createTestDatabase, openAt, testsPostgresql } from '../../support/databases.js';

const UNTIL = new Date('2026-11-29T12:00:00.000Z');

async function createCommits() {
  const stored = await createTestDatabase();
  const database = await openAt(stored.url);
  await database.migrate();
  return {
    commits: new GroupCommit(database.em),
    scopes: async (): Promise<string[]> =>
      (await database.em().find(MetaLimit, {}, { orderBy: { scope: 'asc' } })).map(({ scope }) => scope),
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]();
      await stored[Symbol.asyncDispose]();
    },
  };
}

/** A unit of work with an entity. */
function keep(em: EntityManager, id: string): void {
  em.persist(
    em.create(MetaLimit, { scope: `account:${id}`, blocks: 'all', until: UNTIL, reason: 'made up' }),
  );
}

test('Units of work that come together are one transaction on SQLite, and each has its own on PostgreSQL.', async () => {
  await using stored = await createCommits();
  const transactions = await Promise.all(
    ['1', '2', '3'].map((id) =>
      stored.commits.run(async (em) => {
        keep(em, id);
        await Promise.resolve();
        return em.getTransactionContext<object>();
      }),
    ),
  );
  expect(new Set(transactions).size).toBe(testsPostgresql ? 3 : 1);
  expect(transactions).not.toContain(undefined);
  expect(await stored.scopes()).toEqual(['account:1', 'account:2', 'account:3']);
});

test('One that fails leaves nothing behind, and the others whole.', async () => {
  await using stored = await createCommits();
  const failure = new Error('made up');
  const results = await Promise.allSettled(
    ['1', '2', '3'].map((id) =>
      stored.commits.run(async (em) => {
        keep(em, id);
        await em.flush();
        if (id === '2') throw failure;
        return id;
      }),
    ),
  );
  expect(results).toEqual([
    { status: 'fulfilled', value: '1' },
    { status: 'rejected', reason: failure },
    { status: 'fulfilled', value: '3' },
  ]);
  expect(await stored.scopes()).toEqual(['account:1', 'account:3']);
});

test('None sees the entities of another.', async () => {
  await using stored = await createCommits();
  const found = await Promise.all(
    ['1', '2'].map((id) =>
      stored.commits.run(async (em) => {
        keep(em, id);
        await em.flush();
        return em.getUnitOfWork().getIdentityMap().keys();
      }),
    ),
  );
  for (const keys of found) expect(keys).toHaveLength(1);
});
