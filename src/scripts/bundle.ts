// Writes the server and the packages that it loads into few files: to find and read some 1,800 takes Node longer than
// all else that a start does. The other programs are not bundled; they run from `dist` as the compiler wrote it.
import { existsSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { Plugin } from 'rolldown';
import { inliningLeaves } from './inline-leaves.ts';

/** As deep as the folders of the server's own modules: what they find by `import.meta.dirname`, they find from here. */
const FOLDER = 'server';
const MAIN = 'main.js';

/** Has a part that is no JavaScript. */
const NATIVE = [/^better-sqlite3$/];

/** Packages that others use where they are installed. They are not. */
const ABSENT = [/^pg-native$/, /^class-validator$/];

/** What is put in the place of modules, by what their names are like. */
const REPLACED: ReadonlyArray<readonly [RegExp, string]> = [
  // To import it has Node look at each of its values, and for some of them it loads all of `fetch`, which no start needs:
  // 3 MB and 10 ms. To require it has not.
  [/^(?:node:)?http$/, "module.exports = process.getBuiltinModule('node:http');"],
  // Within a bundle it takes itself to be in a browser, and counts a hash for each operation in JavaScript.
  [
    /^@apollo\/utils\.createhash$/,
    `const { hash } = process.getBuiltinModule('node:crypto');
    module.exports = { createHash: (kind) => ({ update: (text) => ({ digest: (encoding) => hash(kind, text, encoding) }) }) };`,
  ],
];

const PREFIX = '\0replaced:';

const replacing: Plugin = {
  name: 'replacing',
  resolveId: (id) => {
    const index = REPLACED.findIndex(([name]) => name.test(id));
    return index === -1 ? null : `${PREFIX}${index}`;
  },
  load: (id) => (id.startsWith(PREFIX) ? (REPLACED[Number(id.slice(PREFIX.length))]?.[1] ?? null) : null),
};

/** Bundles `dist/main.js` into `dist/server`, if it is not there or older than what it is made of. */
export async function bundle(root: string): Promise<void> {
  const dist = join(root, 'dist');
  const output = join(dist, FOLDER);
  const made = changedAt(join(output, MAIN));
  // The first two are written at every change: by the compiler, and by npm.
  const parts = [
    join(dist, '.tsbuildinfo'),
    join(root, 'node_modules', '.package-lock.json'),
    import.meta.filename,
    join(import.meta.dirname, 'inline-leaves.ts'),
  ];
  if (made > Math.max(...parts.map(changedAt))) return;
  const began = new Date();
  // Put in its place when it is whole: others may build, or start, at the same time.
  const unfinished = `${output}.${process.pid}`;
  try {
    await write(root, join(dist, MAIN), unfinished);
    // What changes while it is made is newer.
    utimesSync(join(unfinished, MAIN), began, began);
    replace(output, unfinished);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

async function write(root: string, input: string, dir: string): Promise<void> {
  // It takes time to load, and is needed only here.
  const { build } = await import('rolldown');
  await build({
    cwd: root,
    input,
    platform: 'node',
    external: [...NATIVE, ...ABSENT],
    plugins: [replacing, inliningLeaves],
    output: {
      dir,
      chunkFileNames: '[name].js',
      // Entities, types of the schema and errors are known by the names of their classes.
      keepNames: true,
      // Of a file with one character beyond ASCII, Node keeps the whole text in two bytes for each.
      comments: false,
      minify: { compress: false, mangle: false, codegen: { removeWhitespace: false, asciiOnly: true } },
    },
  });
}

/** No folder can take the place of one that is not empty: for a moment there is none. */
function replace(folder: string, by: string): void {
  for (;;) {
    rmSync(folder, { recursive: true, force: true });
    try {
      renameSync(by, folder);
      return;
    } catch (error) {
      // Somebody else was faster.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY')) throw error;
    }
  }
}

/** In milliseconds since 1970; 0 for what is not there. */
function changedAt(path: string): number {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}
