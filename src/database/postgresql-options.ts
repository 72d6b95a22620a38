import type { EntityMetadata, MetadataStorage } from '@mikro-orm/core';
import { defineConfig } from '@mikro-orm/sql';
import { InstagramAccount } from '../accounts/instagram-account.entity.js';
import type { Secret } from '../secret.js';
import { MINUTE, SECOND } from '../time.js';
import { commonMigrations, commonOptions } from './common-options.js';
import { postgresqlMigrations } from './migrations/postgresql/index.js';
import { APPLICATION_NAME } from '../sql/application-name.js';
import { splitTls } from '../sql/postgresql-tls.js';
import { PostgresqlDriver, type ConnectionPool } from './postgresql-driver.js';

/** To make a connection, or to get one of a pool that is used up. */
const CONNECT_MS = 5 * SECOND;
const STATEMENT_MS = 15 * SECOND;
const LOCK_MS = 5 * SECOND;
/** A transaction awaits nothing but the database: one that does nothing for so long belongs to a dead process. */
const IDLE_IN_TRANSACTION_MS = 30 * SECOND;

/** What the server is told about every statement of the running server. The answer itself may be lost, too. */
const timeouts = {
  statement_timeout: STATEMENT_MS,
  lock_timeout: LOCK_MS,
  idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
  query_timeout: STATEMENT_MS + 5 * SECOND,
};

/** MikroORM's options for the PostgreSQL database at `url`, for the running server. */
export function postgresqlOptions(url: Secret, poolSize: number) {
  return options(url, { ...timeouts, max: poolSize });
}

/** The same for migrations: they take as long as they take. */
export function postgresqlMigrationOptions(url: Secret) {
  return options(url, { max: 2 });
}

function options(url: Secret, driverOptions: Readonly<Record<string, number>>) {
  return defineConfig({
    ...commonOptions,
    driver: PostgresqlDriver,
    dbName: decodeURIComponent(new URL(url.reveal()).pathname.slice(1)),
    driverOptions: {
      ...splitTls(url.reveal()),
      application_name: APPLICATION_NAME,
      connectionTimeoutMillis: CONNECT_MS,
      idleTimeoutMillis: MINUTE,
      // A connection that was lost without a word is found out.
      keepAlive: true,
      keepAliveInitialDelayMillis: 10 * SECOND,
      onPoolCreated: closeUnanswered,
      ...driverOptions,
    },
    discovery: {
      afterDiscovered: (metadata) => {
        orderByBytes(metadata);
        addTrigrams(metadata.get(InstagramAccount));
      },
    },
    // Making the database is the operator's business.
    ensureDatabase: false,
    migrations: {
      ...commonMigrations,
      migrationsList: postgresqlMigrations,
      path: 'src/database/migrations/postgresql',
    },
  });
}

/** A connection that goes back while its last statement is not answered would keep the next one waiting, too. */
function closeUnanswered(pool: ConnectionPool): void {
  pool.on('release', (_error, client) => {
    if (!client.readyForQuery) void client.end().catch(() => undefined);
  });
}

/** Texts are compared byte by byte, as on SQLite, whatever the database's own collation says. */
function orderByBytes(metadata: MetadataStorage): void {
  for (const { props } of metadata) {
    for (const property of props) {
      if (property.columnTypes?.[0] === 'text') property.collation = 'C';
    }
  }
}

/** SQLite has another one, and no entity could say it for both. */
function addTrigrams(account: EntityMetadata<InstagramAccount>): void {
  account.indexes.push({
    name: 'instagram_account_trigrams',
    expression:
      'create index "instagram_account_trigrams" on "instagram_account" using gin (lower("account_name") gin_trgm_ops)',
  });
}
