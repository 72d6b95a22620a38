// Brings `dist` up to date: the programs, the pages, and the server as few files. Run by Node itself, without a build.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { bundle } from './bundle.ts';

const root = join(import.meta.dirname, '..', '..');
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

/**
 * Builds what is out of date. Where the compiler is not installed (an image made with `npm ci --omit=dev`) the
 * build that is there is used as it is. Ends the process when there is none, or when it fails.
 */
export async function build(part: 'all' | 'server' = 'all'): Promise<void> {
  if (!existsSync(compiler)) {
    if (existsSync(join(root, 'dist', 'server', 'main.js'))) return;
    console.error(
      'There is no build in dist, and TypeScript is not installed to make one: run npm ci first.',
    );
    process.exit(1);
  }
  compile('src');
  if (part === 'server') return;
  compile('src/console');
  copyPages();
  await bundle(root);
}

/** Incremental: a build that is current costs a look at the files and writes nothing. */
function compile(project: string): void {
  const { status } = spawnSync(process.execPath, [compiler, '-p', join(root, project)], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

function copyPages(): void {
  const pages = join(root, 'src', 'console');
  const output = join(root, 'dist', 'console');
  mkdirSync(output, { recursive: true });
  for (const name of readdirSync(pages)) {
    if (/\.(html|css|svg)$/.test(name)) cpSync(join(pages, name), join(output, name));
  }
}

if (import.meta.main) await build(process.argv[2] === 'server' ? 'server' : 'all');
