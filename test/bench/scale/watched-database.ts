import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { CompiledQuery, type DatabaseConnection, type Kysely } from 'kysely';
import type { ReadsBeside } from '../../../src/sql/read-beside.ts';

/** What the server has sent to its database, and how long the answer took. */
export interface SentStatement {
  readonly query: CompiledQuery;
  readonly milliseconds: number;
}

/** What the database would do for a statement. */
export interface Plan {
  /** The steps in the database's own words. */
  readonly steps: readonly string[];
  readonly indexes: readonly string[];
  /** Tables that are read row by row, from the first to the last. */
  readonly scanned: readonly string[];
}

/** Watches the one connection of a database that was opened with a pool of one. */
export class WatchedDatabase {
  #sent: SentStatement[] = [];
  readonly #watched = new WeakSet<object>();

  readonly #em: () => EntityManager;
  readonly #kind: 'sqlite' | 'postgresql';

  constructor(em: () => EntityManager, kind: 'sqlite' | 'postgresql') {
    this.#em = em;
    this.#kind = kind;
  }

  /** Every statement that `work` sends, those of transactions included. */
  async statementsOf(work: (em: EntityManager) => Promise<unknown>): Promise<readonly SentStatement[]> {
    await this.#kysely()
      .getExecutor()
      .provideConnection((connection) => Promise.resolve(this.#watch(connection)));
    this.#watchBeside((this.#em() as SqlEntityManager).getConnection());
    this.#sent = [];
    await work(this.#em());
    return this.#sent;
  }

  /** How the database would answer the statement, with the same values. Nothing is changed by it. */
  async plan({ query }: SentStatement): Promise<Plan> {
    const words = this.#kind === 'sqlite' ? 'explain query plan' : 'explain (format json)';
    const { rows } = await this.#kysely().executeQuery<Record<string, unknown>>(
      CompiledQuery.raw(`${words} ${query.sql}`, [...query.parameters]),
    );
    return this.#kind === 'sqlite' ? sqlitePlan(rows, query.sql) : postgresqlPlan(rows);
  }

  #kysely(): Kysely<unknown> {
    return (this.#em() as SqlEntityManager).getKysely<unknown>();
  }

  #watch(connection: DatabaseConnection): void {
    if (this.#watched.has(connection)) return;
    this.#watched.add(connection);
    const execute = connection.executeQuery.bind(connection);
    connection.executeQuery = async <Row>(query: CompiledQuery) => {
      const startedAt = performance.now();
      const result = await execute<Row>(query);
      this.#sent.push({ query, milliseconds: performance.now() - startedAt });
      return result;
    };
  }

  /** What is read beside that connection. */
  #watchBeside(connection: object): void {
    if (!('readBeside' in connection) || this.#watched.has(connection)) return;
    this.#watched.add(connection);
    const beside = connection as ReadsBeside;
    const read = beside.readBeside.bind(beside);
    beside.readBeside = (statement, parameters) => {
      const startedAt = performance.now();
      const rows = read(statement, parameters);
      const query = CompiledQuery.raw(statement, [...parameters]);
      this.#sent.push({ query, milliseconds: performance.now() - startedAt });
      return rows;
    };
  }
}

/** Whether a statement has a plan: `begin` and `commit` have none. */
export function isPlanned({ query }: SentStatement): boolean {
  return /^\s*(?:select|with|insert|update|delete)\b/i.test(query.sql);
}

function sqlitePlan(rows: ReadonlyArray<Record<string, unknown>>, statement: string): Plan {
  const steps = rows.map(({ detail }) => String(detail));
  // MikroORM gives every table another name.
  const names = new Map(
    [...statement.matchAll(/`(\w+)` as `(\w+)`/g)].map(([, table = '', alias = '']) => [alias, table]),
  );
  return {
    steps,
    indexes: [
      ...matches(steps, / USING (?:COVERING )?INDEX (\w+)/),
      ...matches(steps, /^SCAN (\w+) VIRTUAL TABLE INDEX \d+:M/),
      ...(steps.some((step) => step.includes('USING INTEGER PRIMARY KEY')) ? ['rowid'] : []),
    ],
    // What the statement itself has made is no table.
    scanned: matches(steps, /^SCAN ([a-z]\w*)$/)
      .filter((name) => !new RegExp(`\\) as ${name}\\b|\\b(?:with|,) ${name} `).test(statement))
      .map((name) => names.get(name) ?? name),
  };
}

interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly Node[];
}

function postgresqlPlan(rows: ReadonlyArray<Record<string, unknown>>): Plan {
  const [row] = rows;
  const text = row?.['QUERY PLAN'];
  const [{ Plan: root }] = (typeof text === 'string' ? JSON.parse(text) : text) as [{ Plan: Node }];
  const nodes = flatten(root);
  return {
    steps: nodes.map((node) =>
      [node['Node Type'], node['Relation Name'], node['Index Name']]
        .filter((word) => word !== undefined)
        .join(' '),
    ),
    indexes: [...new Set(nodes.flatMap((node) => node['Index Name'] ?? []))],
    scanned: nodes.flatMap((node) => (node['Node Type'] === 'Seq Scan' ? (node['Relation Name'] ?? []) : [])),
  };
}

function flatten(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)];
}

function matches(steps: readonly string[], pattern: RegExp): string[] {
  return [...new Set(steps.flatMap((step) => pattern.exec(step)?.[1] ?? []))];
}
