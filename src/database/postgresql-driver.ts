import type { Configuration } from '@mikro-orm/core';
import { AbstractSqlDriver, MikroORM, PostgreSqlConnection, PostgreSqlPlatform } from '@mikro-orm/postgresql';
import type { Driver, PostgresDialect } from 'kysely';
import { releasingOnFailure } from './releasing-on-failure.js';

/** What we use of `pg`'s pool. */
export interface ConnectionPool {
  on(
    event: 'release',
    listener: (error: unknown, client: { readonly readyForQuery: boolean; end(): Promise<void> }) => void,
  ): unknown;
}

type PoolOptions = ReturnType<PostgreSqlConnection['mapOptions']>;

/** How values arrive, by the object id of their type: as SQLite gives them, so that a query is read in one way. */
const readers: Readonly<Record<number, (text: string) => unknown>> = {
  /** int8: none of ours is beyond what a number holds. */
  20: Number,
  /** timestamptz: milliseconds since 1970. */
  1184: (text) => Date.parse(text),
  /** jsonb: its text. */
  3802: (text) => text,
};

/** Reads values in our way on its own connections: others in this process stay as they are. */
class UniformConnection extends PostgreSqlConnection {
  override createKyselyDialect(overrides: PoolOptions): PostgresDialect {
    const dialect = super.createKyselyDialect(overrides);
    const createDriver = dialect.createDriver.bind(dialect);
    dialect.createDriver = () => releasingOnFailure(closingLast(createDriver()));
    return dialect;
  }

  override mapOptions(overrides: PoolOptions): PoolOptions {
    const { types, ...options } = super.mapOptions(overrides);
    return {
      ...options,
      types: {
        getTypeParser: (id: number, format?: 'text' | 'binary') =>
          (format === 'binary' ? undefined : readers[id]) ?? types?.getTypeParser(id, format),
      },
    };
  }
}

/**
 * Closes when whoever waits for a connection has got it. Kysely's driver would fail on a connection that arrives
 * while it closes, and give it to nobody: the pool would wait for it for ever.
 */
function closingLast(driver: Driver): Driver {
  const acquire = driver.acquireConnection.bind(driver);
  const destroy = driver.destroy.bind(driver);
  const arriving = new Set<Promise<unknown>>();
  driver.acquireConnection = (options) => {
    const connection = acquire(options);
    arriving.add(connection);
    const forget = (): unknown => arriving.delete(connection);
    connection.then(forget, forget);
    return connection;
  };
  driver.destroy = async (options) => {
    await Promise.allSettled(arriving);
    await destroy(options);
  };
  return driver;
}

/** Columns as we want them; MikroORM's own are `varchar(255)` and `serial`. */
class UniformPlatform extends PostgreSqlPlatform {
  override getVarcharTypeDeclarationSQL(): string {
    return 'text';
  }

  override getIntegerTypeDeclarationSQL(column: { autoincrement?: boolean; generated?: string }): string {
    return column.autoincrement ? 'bigserial' : super.getIntegerTypeDeclarationSQL(column);
  }

  override convertsJsonAutomatically(): boolean {
    return false;
  }
}

/** MikroORM's PostgreSQL driver on our connection and with our columns. */
export class PostgresqlDriver extends AbstractSqlDriver<UniformConnection, UniformPlatform> {
  constructor(config: Configuration) {
    super(config, new UniformPlatform(), UniformConnection, ['kysely', 'pg']);
  }

  override getORMClass(): typeof MikroORM {
    return MikroORM;
  }
}
