import type { EntityManager } from '@mikro-orm/core';
import type { Compilable, CompiledQuery, Kysely } from 'kysely';
import type { MaybePromise } from '../maybe-promise.js';
import { isPostgresql } from './dialect.js';
import { kyselyOf } from './kysely-of.js';
import { besideOf } from './read-beside.js';

/**
 * A query that is compiled once for each database, and then run with the parameters that are given: for what is
 * asked so often that to build it costs as much as to answer it.
 *
 * @param build the query, with any parameters, in the order in which they are given later
 */
export function compileOnce<Tables, Row, Parameters extends readonly unknown[]>(
  build: (kysely: Kysely<Tables>) => Compilable<Row>,
): (em: EntityManager, ...parameters: Parameters) => Promise<Row[]> {
  const compiled = new CompiledQueryCache<Row>();
  return (em, ...parameters) => compiled.run(em, '', () => build(kyselyOf<Tables>(em)), parameters);
}

/** The same for what only reads, and is part of no transaction: at once, where the database can. */
export function readOnce<Tables, Row, Parameters extends readonly unknown[]>(
  build: (kysely: Kysely<Tables>) => Compilable<Row>,
): (em: EntityManager, ...parameters: Parameters) => MaybePromise<Row[]> {
  const compiled = new CompiledQueryCache<Row>();
  return (em, ...parameters) => compiled.read(em, '', () => build(kyselyOf<Tables>(em)), parameters);
}

/** How many queries are kept; the oldest goes for a new one. */
const KEPT = 200;

/** Queries of several forms, each of which is compiled once for each database. */
export class CompiledQueryCache<Row> {
  readonly #compiled = new Map<string, CompiledQuery<Row>>();

  /**
   * @param form tells queries apart that differ in more than their parameters
   * @param build the query, with any parameters, in the order of `parameters`
   */
  async run(
    em: EntityManager,
    form: string,
    build: () => Compilable<Row>,
    parameters: readonly unknown[],
  ): Promise<Row[]> {
    const { rows } = await kyselyOf(em).executeQuery<Row>({ ...this.compile(em, form, build), parameters });
    return rows;
  }

  /** For what only reads: at once, where the database can. */
  read(
    em: EntityManager,
    form: string,
    build: () => Compilable<Row>,
    parameters: readonly unknown[],
  ): MaybePromise<Row[]> {
    const beside = besideOf(em);
    const rows = beside?.readBeside(this.compile(em, form, build).sql, parameters) ?? null;
    return rows === null ? this.run(em, form, build, parameters) : (rows as Row[]);
  }

  /** The query itself, for whoever runs it in another way. */
  compile(em: EntityManager, form: string, build: () => Compilable<Row>): CompiledQuery<Row> {
    const key = isPostgresql(em) ? `${form} postgresql` : form;
    let query = this.#compiled.get(key);
    if (query === undefined) {
      query = build().compile();
      const [oldest] = this.#compiled.size < KEPT ? [] : this.#compiled.keys();
      if (oldest !== undefined) this.#compiled.delete(oldest);
      this.#compiled.set(key, query);
    }
    return query;
  }
}
