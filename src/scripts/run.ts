// Builds if needed, and runs a program of the build in this very process, so that signals reach it: a shell in
// between would keep them. `node src/scripts/run.ts server/main.js` runs `dist/server/main.js`, with the arguments that
// follow.
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { build } from './build.ts';

await build();
// The next start need not compile what this one has.
enableCompileCache();
// Taken out: the program reads its own arguments alone.
const program = process.argv.splice(2, 1)[0] ?? 'server/main.js';
await import(pathToFileURL(join(import.meta.dirname, '..', '..', 'dist', program)).href);
