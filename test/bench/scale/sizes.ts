import { sql, type Kysely } from 'kysely';

interface TableSize {
  readonly table: string;
  readonly rows: number;
  /** Of the table with its indexes. */
  readonly bytes: number;
  readonly indexBytes: number;
}

const TABLES = ['instagram_account', 'account_event', 'auth_attempt', 'webhook_event', 'notice'];

/** What each table takes on the disk. */
export async function sizes(database: Kysely<unknown>, kind: 'sqlite' | 'postgresql'): Promise<TableSize[]> {
  const found: TableSize[] = [];
  for (const table of TABLES) {
    const { rows } = await sql
      .raw<Omit<TableSize, 'table'>>(kind === 'sqlite' ? onSqlite(table) : onPostgresql(table))
      .execute(database);
    const [size] = rows;
    if (size !== undefined) found.push({ table, ...size });
  }
  return found;
}

function onSqlite(table: string): string {
  // The index of names is made of tables.
  const ofNames = table === 'instagram_account' ? "or tbl_name like 'account_name_t%'" : '';
  const bytes = (type: string): string =>
    `(select coalesce(sum(pgsize), 0) from dbstat where aggregate = 1 and name in
      (select name from sqlite_schema where tbl_name = '${table}' and type in (${type}) ${ofNames}))`;
  return `select (select count(*) from ${table}) as rows, ${bytes(`'table', 'index'`)} as bytes,
    ${bytes(`'index'`)} as "indexBytes"`;
}

function onPostgresql(table: string): string {
  return `select (select count(*) from ${table}) as rows, pg_total_relation_size('${table}') as bytes,
    pg_indexes_size('${table}') as "indexBytes"`;
}
