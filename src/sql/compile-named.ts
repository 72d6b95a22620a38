import type { EntityManager } from '@mikro-orm/core';
import type { Compilable, Kysely } from 'kysely';
import { CompiledQueryCache } from './compile-once.js';
import { kyselyOf } from './kysely-of.js';

/** Where a value goes in a statement that is compiled before there is one. */
class Place {
  constructor(readonly name: PropertyKey) {}
}

/**
 * A statement that is compiled once for each database and then run with the values that are given, each put where the
 * statement has `value(<its name>)`: as `compileOnce`, for what has too many values to count them.
 */
export function compileNamed<Tables, Row, Values extends object>(
  build: (
    kysely: Kysely<Tables>,
    value: <Name extends keyof Values>(name: Name) => Values[Name],
  ) => Compilable<Row>,
): (em: EntityManager, values: Values) => Promise<Row[]> {
  const compiled = new CompiledQueryCache<Row>();
  return async (em, values) => {
    const kysely = kyselyOf<Tables>(em);
    // Kysely takes whatever is no expression for a value, and does not look into it.
    const query = compiled.compile(em, '', () => build(kysely, (name) => new Place(name) as never));
    const parameters = query.parameters.map((parameter) =>
      parameter instanceof Place ? values[parameter.name as keyof Values] : parameter,
    );
    const { rows } = await kysely.executeQuery<Row>({ ...query, parameters });
    return rows;
  };
}
