import { JsonType, type EntityManager, type EntityMetadata, type EntityProperty } from '@mikro-orm/core';

/** What a column holds, whatever the database calls it. */
type ColumnKind = 'text' | 'number' | 'boolean' | 'time' | 'json';

export interface StoredColumn {
  readonly name: string;
  readonly kind: ColumnKind;
}

/** A table as the entities describe it. */
export interface StoredTable {
  readonly name: string;
  readonly columns: readonly StoredColumn[];
  /** The columns of the primary key, by their names. */
  readonly key: readonly string[];
  /** The column that the database counts up by itself, if there is one. */
  readonly counter: string | null;
  /** Tables whose rows have to be there first. */
  readonly references: readonly string[];
}

const kinds: Readonly<Record<string, ColumnKind>> = {
  string: 'text',
  number: 'number',
  boolean: 'boolean',
  Date: 'time',
};

/** The tables of all entities, each behind those that it refers to. Nobody has to remember to list a new one. */
export function storedTables(em: EntityManager): StoredTable[] {
  const waiting = [...em.getMetadata().getAll().values()].map(describe).toSorted(byName);
  const placed: StoredTable[] = [];
  while (waiting.length > 0) {
    const names = new Set(placed.map(({ name }) => name));
    const next = waiting.findIndex(({ references }) => references.every((name) => names.has(name)));
    const [table] = waiting.splice(next, 1);
    if (next === -1 || table === undefined) throw new Error('Tables refer to each other in a circle.');
    placed.push(table);
  }
  return placed;
}

function describe(entity: EntityMetadata): StoredTable {
  const stored = entity.props.filter(
    ({ persist, fieldNames }) => persist !== false && fieldNames?.length > 0,
  );
  return {
    name: entity.tableName,
    columns: stored.map((property) => ({ name: columnOf(property), kind: kindOf(property) })),
    key: entity.getPrimaryProps().map(columnOf),
    counter: stored.filter(({ autoincrement }) => autoincrement === true).map(columnOf)[0] ?? null,
    references: stored.flatMap(({ targetMeta }) => (targetMeta === undefined ? [] : [targetMeta.tableName])),
  };
}

function columnOf({ name, fieldNames }: EntityProperty): string {
  const [column, ...others] = fieldNames;
  if (column === undefined || others.length > 0) throw new Error(`${name} has not one column.`);
  return column;
}

/** A reference holds what the key that it refers to holds. */
function kindOf({ name, customType, targetMeta, runtimeType }: EntityProperty): ColumnKind {
  const [target] = targetMeta?.getPrimaryProps() ?? [];
  if (target !== undefined) return kindOf(target);
  const kind = customType instanceof JsonType ? 'json' : kinds[runtimeType];
  if (kind === undefined) throw new Error(`What ${name} holds cannot be copied.`);
  return kind;
}

function byName(one: StoredTable, other: StoredTable): number {
  return one.name < other.name ? -1 : 1;
}
