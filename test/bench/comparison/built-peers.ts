import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';

const SOURCES = join(import.meta.dirname, '..', 'peers');
const BUILD = join(import.meta.dirname, '..', '..', '..', 'dist', 'bench');

/** Takes the types out once: a peer that Node had to read as TypeScript would start later than it needs to. */
export function buildPeers(): void {
  mkdirSync(BUILD, { recursive: true });
  for (const name of readdirSync(SOURCES).filter((file) => file.endsWith('.ts'))) {
    const code = stripTypeScriptTypes(readFileSync(join(SOURCES, name), 'utf8'));
    writeFileSync(
      join(BUILD, name.replace(/\.ts$/, '.js')),
      code.replaceAll(/(from '\.\/[\w-]+)\.ts'/g, "$1.js'"),
    );
  }
}

export function builtPeer(name: string): string {
  return join(BUILD, `${name}.js`);
}
