// Writes the server and the packages that it loads into few files: to find and read some 1,800 takes Node longer than
// all else that a start does. The other programs are not bundled; they run from `dist` as the compiler wrote it.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'rolldown';

/** As deep as the folders of the server's own modules: what they find by `import.meta.dirname`, they find from here. */
const FOLDER = 'server';

/** Has a part that is no JavaScript. */
const NATIVE = [/^better-sqlite3$/];

/** Packages that others use where they are installed. They are not. */
const ABSENT = [/^pg-native$/, /^class-validator$/];

/**
 * To import `node:http` has Node look at each of its values, and for some of them it loads all of `fetch`, which no start
 * needs: 3 MB and 10 ms. To require it has not.
 */
const requiredHttp: Plugin = {
  name: 'required-http',
  resolveId: (id) => (/^(?:node:)?http$/.test(id) ? '\0http' : null),
  load: (id) => (id === '\0http' ? "module.exports = process.getBuiltinModule('node:http');" : null),
};

/** Bundles `dist/main.js` into `dist/server`, if it is not there or older than what it is made of. */
export async function bundle(root: string): Promise<void> {
  const dist = join(root, 'dist');
  const output = join(dist, FOLDER);
  const made = changedAt(join(output, 'main.js'));
  // The first two are written at every change: by the compiler, and by npm.
  const parts = [
    join(dist, '.tsbuildinfo'),
    join(root, 'node_modules', '.package-lock.json'),
    import.meta.filename,
  ];
  if (made > Math.max(...parts.map(changedAt))) return;
  // It takes time to load, and is needed only here.
  const { build } = await import('rolldown');
  await build({
    cwd: root,
    input: join(dist, 'main.js'),
    platform: 'node',
    external: [...NATIVE, ...ABSENT],
    plugins: [requiredHttp],
    output: {
      dir: output,
      cleanDir: true,
      chunkFileNames: '[name].js',
      // Entities, types of the schema and errors are known by the names of their classes.
      keepNames: true,
      // Of a file with one character beyond ASCII, Node keeps the whole text in two bytes for each.
      comments: false,
      minify: { compress: false, mangle: false, codegen: { removeWhitespace: false, asciiOnly: true } },
      sourcemap: true,
    },
  });
}

/** In milliseconds since 1970; 0 for what is not there. */
function changedAt(path: string): number {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}
