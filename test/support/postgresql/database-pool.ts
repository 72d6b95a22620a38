import pg from 'pg';
import { administrate, urlOf } from './cluster.js';

/** The run's server, what a database of its looks like that a test may have, and how it is emptied. */
export interface DatabaseServer {
  readonly url: string;
  readonly shape: string;
  readonly empty: string;
}

/** The database that every test's own is a copy of. */
const TEMPLATE = 'moca_template';

/** What migrations put into tables: it stays. */
const FILLED = ['mikro_orm_migrations', 'webhook_feed'];

const NO_FEED = `update webhook_feed set last_received_at = null, stored = 0, unknown_accounts = 0, repeated = 0,
  unreadable = 0, lost = 0`;

let made = 0;
let administrator: pg.Pool | undefined;

/** Prepares a server: the template, which `migrate` fills, and the list of databases that nobody uses. */
export async function prepareServer(
  url: string,
  migrate: (url: string) => Promise<void>,
): Promise<DatabaseServer> {
  await administrate(url, `create database ${TEMPLATE}`);
  await migrate(urlOf(url, TEMPLATE));
  await administrate(url, 'create table unused (name text primary key)');
  const template = await connect(urlOf(url, TEMPLATE));
  try {
    const { shape } = await inspect(template);
    const named = async (kind: 'r' | 'S'): Promise<string[]> => {
      const { rows } = await template.query<{ name: string }>(
        "select relname as name from pg_class where relkind = $1 and relnamespace = 'public'::regnamespace",
        [kind],
      );
      return rows.map(({ name }) => name);
    };
    const tables = (await named('r')).filter((name) => !FILLED.includes(name));
    const empty = [
      // Whoever refers to whom does not matter: all of it goes.
      'set session_replication_role = replica',
      // To truncate costs a new file for each table and index.
      ...tables.map((name) => `delete from ${name}`),
      ...(await named('S'))
        .filter((name) => !FILLED.some((table) => name.startsWith(table)))
        .map((name) => `alter sequence ${name} restart`),
      NO_FEED,
    ];
    return { url, shape, empty: empty.join('; ') };
  } finally {
    await template.end();
  }
}

/**
 * A database that is as the template. One that another test gave back, if there is any: to make it anew would
 * take longer than most tests.
 */
export async function takeDatabase(server: DatabaseServer): Promise<string> {
  const client = administratorOf(server);
  const { rows } = await client.query<{ name: string }>(
    'delete from unused where name = (select name from unused limit 1 for update skip locked) returning name',
  );
  const [unused] = rows;
  if (unused !== undefined) return urlOf(server.url, unused.name);
  made += 1;
  const name = `moca_${process.pid}_${made}`;
  await client.query(`create database ${name} template ${TEMPLATE}`);
  return urlOf(server.url, name);
}

/** A database with nothing in it, gone at the end of the test. */
export async function createEmptyDatabase(
  server: DatabaseServer,
): Promise<AsyncDisposable & { readonly url: string }> {
  const client = administratorOf(server);
  made += 1;
  const name = `empty_${process.pid}_${made}`;
  await client.query(`create database ${name}`);
  return {
    url: urlOf(server.url, name),
    [Symbol.asyncDispose]: async () => {
      await client.query(`drop database ${name} with (force)`);
    },
  };
}

/** Takes a database back: emptied for the next test, or not at all when this one took it apart. */
export async function giveBack(server: DatabaseServer, url: string): Promise<void> {
  const administrators = administratorOf(server);
  const name = new URL(url).pathname.slice(1);
  const client = await connect(url);
  let isKept = false;
  try {
    const { shape, users } = await inspect(client);
    isKept = shape === server.shape && users === 0;
    if (isKept) await client.query(server.empty);
  } finally {
    await client.end();
  }
  await (isKept
    ? administrators.query('insert into unused values ($1)', [name])
    : administrators.query(`drop database ${name} with (force)`));
}

/** What its tables look like, and how many are connected to it. */
async function inspect(client: pg.Client): Promise<{ shape: string; users: number }> {
  const { rows } = await client.query<{ shape: string; users: number }>(
    `select
       (select md5(string_agg(concat_ws(' ', attrelid::regclass, attname, atttypid), ', ' order by attrelid::regclass::text, attname))
        from pg_attribute join pg_class on pg_class.oid = attrelid join pg_namespace on pg_namespace.oid = relnamespace
        where relkind = 'r' and nspname in ('public', 'pgboss') and not attisdropped) as shape,
       (select count(*)::int from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()) as users`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('PostgreSQL gave no row.');
  return row;
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  return client;
}

/** One connection for all databases of a test file, used by one after the other; it keeps no process alive. */
function administratorOf({ url }: DatabaseServer): pg.Pool {
  administrator ??= new pg.Pool({
    connectionString: url,
    max: 1,
    idleTimeoutMillis: 0,
    allowExitOnIdle: true,
  });
  return administrator;
}
