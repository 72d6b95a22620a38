import type { EntityManager } from '@mikro-orm/core';
import type { Compilable, CompiledQuery, Kysely } from 'kysely';
import { isPostgresql } from './dialect.js';
import { kyselyOf } from './kysely-of.js';

/**
 * A query that is compiled once for each database, and then run with the parameters that are given: for what is
 * asked so often that to build it costs as much as to answer it.
 *
 * @param build the query, with any parameters, in the order in which they are given later
 */
export function compileOnce<Tables, Row, Parameters extends readonly unknown[]>(
  build: (kysely: Kysely<Tables>) => Compilable<Row>,
): (em: EntityManager, ...parameters: Parameters) => Promise<Row[]> {
  const compiled = new Map<boolean, CompiledQuery<Row>>();
  return async (em, ...parameters) => {
    const kysely = kyselyOf<Tables>(em);
    const dialect = isPostgresql(em);
    let query = compiled.get(dialect);
    if (query === undefined) {
      query = build(kysely).compile();
      compiled.set(dialect, query);
    }
    const { rows } = await kysely.executeQuery<Row>({ ...query, parameters });
    return rows;
  };
}
