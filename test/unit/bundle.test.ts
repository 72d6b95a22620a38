import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

/** A project whose server is made of two files. */
function createProject() {
  const root = mkdtempSync(join(tmpdir(), 'moca-bundle-'));
  const dist = join(root, 'dist');
  mkdirSync(dist);
  cpSync(join(ROOT, 'dist', 'time.js'), join(dist, 'time.js'));
  writeFileSync(
    join(dist, 'main.js'),
    "import { SECOND } from './time.js';\nprocess.exit(SECOND === 1000 ? 0 : 1);\n",
  );
  const changes = join(dist, '.tsbuildinfo');
  writeFileSync(changes, '');
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  return {
    root,
    changes,
    bundled: join(dist, 'server', 'main.js'),
    dist,
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** As `npm run build` has it, in a process of its own. */
async function bundle(root: string): Promise<void> {
  const script = `(await import(${JSON.stringify(join(ROOT, 'src', 'scripts', 'bundle.ts'))})).bundle(process.argv[1])`;
  await run(process.execPath, ['--input-type=module', '--eval', `await ${script}`, root]);
}

test('A bundle is made when it is missing or old, and only then.', async () => {
  using project = createProject();
  // Older than the project's modules, so that only its own changes count.
  const before = Date.now();
  await bundle(project.root);
  const first = statSync(project.bundled);
  // The time of its beginning: what changed while it was made is newer.
  expect(first.mtimeMs).toBeGreaterThanOrEqual(before - 1);
  expect(first.mtimeMs).toBeLessThan(first.ctimeMs);
  await bundle(project.root);
  expect(statSync(project.bundled).ino).toBe(first.ino);
  const changed = new Date();
  utimesSync(project.changes, changed, changed);
  await bundle(project.root);
  expect(statSync(project.bundled).ino).not.toBe(first.ino);
});

test('Bundles that are made at the same time leave one that is whole, and nothing else.', async () => {
  using project = createProject();
  await Promise.all(Array.from({ length: 3 }, () => bundle(project.root)));
  expect(existsSync(project.bundled)).toBe(true);
  expect(readdirSync(project.dist).filter((name) => name.startsWith('server'))).toEqual(['server']);
  await run(process.execPath, [project.bundled]);
});
