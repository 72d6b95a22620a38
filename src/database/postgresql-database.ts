import type { EntityManager } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/sql';
import { sql } from 'kysely';
import type { Secret } from '../secret.js';
import type { Clock } from '../time.js';
import type { Database } from './database-handle.js';
import { postgresqlMigrations } from './migrations/postgresql/index.js';
import { postgresqlMigrationOptions, postgresqlOptions } from './postgresql-options.js';
import { kyselyOf } from '../sql/kysely-of.js';
import { requireConnection } from './require-connection.js';
import { appliedMigrations, isExactly } from './schema-state.js';
import { refuseUnfinishedCopy } from './unfinished-copy.js';

/** Names the lock that whoever migrates holds. Any number does, as long as it stays the same. */
const MIGRATION_LOCK = 7_317_005;

/**
 * Opens the PostgreSQL database at `url`.
 *
 * @throws ConfigError when there is no connecting to it
 */
export async function openPostgresql(url: Secret, poolSize: number): Promise<Database> {
  const orm = await MikroORM.init(postgresqlOptions(url, poolSize));
  await requireConnection(orm, { kind: 'postgresql', url });
  return {
    em: () => orm.em.fork(),
    migrate: async (options) => {
      if (options === undefined) await refuseUnfinishedCopy(orm.em.fork());
      return (await isUpToDate(orm.em.fork())) ? 0 : migrate(url);
    },
    hasCurrentSchema: async () => isExactly(await appliedMigrations(orm.em.fork()), postgresqlMigrations),
    isReachable: () => orm.isConnected(),
    clockLeadMs: (clock) => clockLead(orm.em.fork(), clock),
    // A deleted row is the server's to overwrite.
    eraseDeleted: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => orm.close(true),
  };
}

/** Whether every migration was applied. Most starts find it so, and need no lock. */
async function isUpToDate(em: EntityManager): Promise<boolean> {
  const applied = await appliedMigrations(em);
  return postgresqlMigrations.every(({ name }) => applied.has(name));
}

/**
 * In one transaction: lock → apply what is missing. Of several processes that start at the same time one migrates,
 * and the others wait and find nothing to do; one that is killed midway leaves nothing behind.
 */
async function migrate(url: Secret): Promise<number> {
  const orm = await MikroORM.init(postgresqlMigrationOptions(url));
  try {
    return await orm.em.fork().transactional(async (transaction) => {
      await kyselyOf(transaction).executeQuery(
        sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)})`.compile(kyselyOf(transaction)),
      );
      const applied = await orm.migrator.up({ transaction: transaction.getTransactionContext() });
      return applied.length;
    });
  } finally {
    await orm.close(true);
  }
}

async function clockLead(em: EntityManager, clock: Clock): Promise<number> {
  const before = clock.now().getTime();
  const { rows } = await sql<{ now: number }>`select clock_timestamp() as now`.execute(kyselyOf(em));
  const after = clock.now().getTime();
  const [row] = rows;
  return row === undefined ? 0 : row.now - (before + after) / 2;
}
