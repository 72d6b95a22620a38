// Builds if needed, and runs a program of the build in this very process, so that signals reach it: a shell in
// between would keep them. `node src/scripts/run.ts server/main.js` runs `dist/server/main.js`.
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { build } from './build.ts';

await build();
// The next start need not compile what this one has.
enableCompileCache();
await import(
  pathToFileURL(join(import.meta.dirname, '..', '..', 'dist', process.argv[2] ?? 'server/main.js')).href
);
