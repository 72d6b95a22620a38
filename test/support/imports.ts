import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

export const sourceRoot = join(import.meta.dirname, '..', '..', 'src');

/** A file of `src` with what it imports, for its values or only for its types. */
export interface SourceFile {
  /** Below `src`, such as `accounts/accounts.service.ts`. */
  readonly path: string;
  readonly text: string;
  /** Other files of `src`, as paths below it. */
  readonly files: readonly string[];
  /** Packages and Node's own modules, by name. */
  readonly packages: readonly string[];
}

/** `import … from`, `export … from`, `import '…'` and `import('…')`. */
const SPECIFIER = /(?:\bfrom|\bimport)\s*\(?\s*(['"])([^'"\n]+)\1/g;

export function readSources(): SourceFile[] {
  return readdirSync(sourceRoot, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => {
      const text = readFileSync(join(sourceRoot, path), 'utf8');
      const specifiers = [...withoutComments(text).matchAll(SPECIFIER)].map(([, , name = '']) => name);
      return {
        path,
        text,
        files: specifiers.filter((name) => name.startsWith('.')).map((name) => resolve(path, name)),
        packages: specifiers.filter((name) => !name.startsWith('.')),
      };
    });
}

/** The folder that a file stands in, or its own name at the top. */
export function roomOf(path: string): string {
  return path.split('/')[0] ?? path;
}

/** Everything that a file imports, and what that imports, and so on. */
export function reachableFrom(path: string, sources: readonly SourceFile[]): ReadonlySet<string> {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const reached = new Set<string>();
  const waiting = [path];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const source = byPath.get(next);
    for (const name of source?.packages ?? []) reached.add(name);
    for (const file of source?.files ?? []) {
      if (!reached.has(file)) waiting.push(file);
      reached.add(file);
    }
  }
  return reached;
}

/** A way around from a node back to itself; null when there is none. */
export function findCycle(arrows: ReadonlyMap<string, ReadonlySet<string>>): string[] | null {
  const done = new Set<string>();
  const visit = (node: string, way: readonly string[]): string[] | null => {
    if (way.includes(node)) return [...way.slice(way.indexOf(node)), node];
    if (done.has(node)) return null;
    for (const next of arrows.get(node) ?? []) {
      const cycle = visit(next, [...way, node]);
      if (cycle !== null) return cycle;
    }
    done.add(node);
    return null;
  };
  for (const node of arrows.keys()) {
    const cycle = visit(node, []);
    if (cycle !== null) return cycle;
  }
  return null;
}

function resolve(from: string, specifier: string): string {
  const path = normalize(join(dirname(join(sourceRoot, from)), specifier));
  return relative(sourceRoot, path).replace(/\.js$/, '.ts');
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
}
