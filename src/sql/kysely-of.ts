import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { Kysely } from 'kysely';

/** MikroORM's own Kysely, for what goes around the entities: inside a transaction of `em`, part of it. */
export function kyselyOf<Tables = unknown>(em: EntityManager): Kysely<Tables> {
  return (em as SqlEntityManager).getKysely<unknown>() as Kysely<Tables>;
}
