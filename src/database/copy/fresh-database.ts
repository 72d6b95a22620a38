import type { EntityManager } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/sql';
import { sqliteOptions } from '../sqlite-options.js';

/** A database in memory, with nothing in it but the rows that migrations put there. */
export async function createFreshDatabase(): Promise<AsyncDisposable & { readonly em: () => EntityManager }> {
  const orm = await MikroORM.init(sqliteOptions(':memory:'));
  await orm.migrator.up();
  return { em: () => orm.em.fork(), [Symbol.asyncDispose]: () => orm.close(true) };
}
