import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  findCycle,
  reachableFrom,
  readSources,
  roomOf,
  sourceRoot,
  type SourceFile,
} from './support/imports.js';

const sources = readSources();

/** Files at the top that know of no room: everybody may import them. */
const leaves = [
  'config-secret-files.ts',
  'config-values.ts',
  'config.ts',
  'database-url.ts',
  'errors.ts',
  'graphql-fields.ts',
  'in-rounds.ts',
  'cached-read.ts',
  'listen-problem.ts',
  'log-output.ts',
  'loggable.ts',
  'logger.ts',
  'lossless-json.ts',
  'login-flow.ts',
  'login-flow.type.ts',
  'request-context.ts',
  'scrub.ts',
  'secret.ts',
  'time.ts',
  'maybe-promise.ts',
  'within.ts',
];

const features = ['accounts', 'notices', 'oauth', 'tokens', 'webhooks'];

/** Which rooms each room may import, beside the leaves and itself. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['app.ts'],
  // A command puts together for itself what it needs.
  'rotate-keys.main.ts': ['accounts', 'database', 'oauth', 'sql', 'tokens'],
  'app.ts': [
    'chores.ts',
    'jobs',
    'lifecycle.ts',
    'operator-warnings.ts',
    'http',
    'graphql',
    'database',
    'meta',
    'metrics',
    'delivery',
    'sql',
    ...features,
  ],
  'chores.ts': ['accounts', 'jobs', 'notices', 'oauth', 'tokens', 'webhooks'],
  'lifecycle.ts': [],
  'operator-warnings.ts': ['meta'],
  http: ['sql'],
  graphql: ['accounts', 'oauth', 'sql', 'webhooks'],
  database: ['accounts', 'notices', 'oauth', 'sql', 'tokens', 'webhooks'],
  oauth: ['accounts', 'jobs', 'meta', 'notices', 'pagination', 'sql', 'tokens'],
  // Disconnecting tells Meta.
  accounts: ['jobs', 'meta', 'notices', 'pagination', 'sql', 'tokens'],
  // What is counted comes from app; what stands in the database it reads itself.
  metrics: ['accounts', 'notices', 'oauth', 'tokens'],
  webhooks: ['accounts', 'delivery', 'meta', 'notices', 'pagination', 'sql'],
  notices: ['delivery'],
  delivery: ['jobs', 'sql'],
  tokens: ['jobs', 'meta', 'sql'],
  jobs: ['sql'],
  meta: [],
  pagination: [],
  sql: [],
  sandbox: ['app.ts'],
  console: ['generated'],
  generated: [],
  scripts: [],
};

const isMain = (path: string): boolean => path === 'sandbox/main.ts' || /(^|\/|\.)main\.ts$/.test(path);

/** Every import that a rule does not allow, as `from → to`. */
function forbidden(
  from: (source: SourceFile) => boolean,
  isAllowed: (to: string, source: SourceFile) => boolean,
): string[] {
  return sources
    .filter(from)
    .flatMap((source) =>
      source.files.filter((to) => !isAllowed(to, source)).map((to) => `${source.path} → ${to}`),
    );
}

test('The walker sees the imports: all of them lead to files that are there.', () => {
  expect(sources.length).toBeGreaterThan(150);
  const missing = forbidden(
    () => true,
    (to) => existsSync(join(sourceRoot, to)),
  );
  expect(missing).toEqual([]);
  expect(sources.find(({ path }) => path === 'main.ts')?.files).toContain('app.ts');
  expect(sources.find(({ path }) => path === 'accounts/instagram-account.entity.ts')?.packages).toContain(
    '@mikro-orm/core',
  );
});

describe('The arrows', () => {
  test('go only where they may: main → app → the rooms, oauth → accounts → tokens → meta → leaves.', () => {
    const broken = forbidden(
      ({ path }) => !leaves.includes(path),
      (to, { path }) => {
        const [from, room] = [roomOf(path), roomOf(to)];
        return from === room || leaves.includes(room) || (arrows[from] ?? []).includes(room);
      },
    );
    expect(broken).toEqual([]);
  });

  test('cover every room and every file at the top.', () => {
    const rooms = new Set(sources.map(({ path }) => roomOf(path)));
    expect([...rooms].toSorted()).toEqual([...Object.keys(arrows), ...leaves].toSorted());
  });

  test('never start at a leaf, but for another leaf.', () => {
    expect(
      forbidden(
        ({ path }) => leaves.includes(path),
        (to) => leaves.includes(to),
      ),
    ).toEqual([]);
  });

  test('do not go in circles, neither between rooms nor between files.', () => {
    const byRoom = new Map<string, Set<string>>();
    for (const { path, files } of sources) {
      const room = byRoom.get(roomOf(path)) ?? new Set();
      byRoom.set(roomOf(path), room);
      for (const to of files) if (roomOf(to) !== roomOf(path)) room.add(roomOf(to));
    }
    expect(findCycle(byRoom)).toBeNull();
    expect(findCycle(new Map(sources.map(({ path, files }) => [path, new Set(files)])))).toBeNull();
  });

  test('of graphql lead to resolvers, and those of the database to entities.', () => {
    const isFeature = (path: string): boolean => features.includes(roomOf(path));
    expect(
      forbidden(
        ({ path }) => roomOf(path) === 'graphql',
        (to) => !isFeature(to) || to.endsWith('.resolver.ts'),
      ),
    ).toEqual([]);
    expect(
      forbidden(
        ({ path }) => roomOf(path) === 'database',
        (to) => !isFeature(to) || to.endsWith('.entity.ts'),
      ),
    ).toEqual([]);
  });

  test('of a resolver lead to its own service and to GraphQL classes; nothing but graphql and app leads to a resolver.', () => {
    const isGraphQLClass = (path: string): boolean => /\.(type|input|args)\.ts$/.test(path);
    const fromResolvers = forbidden(
      ({ path }) => path.endsWith('.resolver.ts'),
      (to, { path }) => {
        if (isGraphQLClass(to) || leaves.includes(to) || roomOf(to) === 'pagination') return true;
        return roomOf(to) === roomOf(path) && to.endsWith('.service.ts');
      },
    );
    expect(fromResolvers).toEqual([]);
    const toResolvers = forbidden(
      ({ path }) => roomOf(path) !== 'graphql' && path !== 'app.ts',
      (to) => !to.endsWith('.resolver.ts'),
    );
    expect(toResolvers).toEqual([]);
  });
});

describe('Two classes for one thing', () => {
  const reaches = (suffix: RegExp, name: RegExp): string[] =>
    sources
      .filter(({ path }) => suffix.test(path))
      .flatMap(({ path }) =>
        [...reachableFrom(path, sources)].filter((to) => name.test(to)).map((to) => `${path} → ${to}`),
      );

  test('an entity knows nothing of GraphQL, not even through others.', () => {
    expect(reaches(/\.entity\.ts$/, /^(type-graphql|graphql)$/)).toEqual([]);
  });

  test('a GraphQL class knows nothing of the database, not even through others.', () => {
    expect(reaches(/\.(type|input|args)\.ts$/, /^(@mikro-orm\/|kysely)|\.entity\.ts$/)).toEqual([]);
  });
});

describe('The sandbox', () => {
  test('is imported by nobody but itself.', () => {
    expect(
      forbidden(
        ({ path }) => roomOf(path) !== 'sandbox',
        (to) => roomOf(to) !== 'sandbox',
      ),
    ).toEqual([]);
  });

  test('shares only the time with the server; the demo, which starts both, also knows app and config.', () => {
    const broken = forbidden(
      ({ path }) => roomOf(path) === 'sandbox',
      (to, { path }) => {
        if (roomOf(to) === 'sandbox' || to === 'time.ts') return true;
        return /^sandbox\/demo(-problem|\.main)?\.ts$/.test(path) && (to === 'app.ts' || to === 'config.ts');
      },
    );
    expect(broken).toEqual([]);
  });
});

test('Only a main file reads the environment of the process.', () => {
  const readers = sources.filter(
    ({ path, text }) => /\bprocess\s*\.\s*env\b|\benv\b.*from 'node:process'/.test(text) && !isMain(path),
  );
  expect(readers.map(({ path }) => path)).toEqual([]);
});

test('No file only hands on what others export.', () => {
  const barrels = sources.filter(({ text }) =>
    /^export\s+(type\s+)?(\*|\{[^}]*\})(\s+as\s+\w+)?\s+from\b/m.test(text),
  );
  expect(barrels.map(({ path }) => path)).toEqual([]);
});

test('The pages import nothing of the server but the typed documents.', () => {
  expect(
    forbidden(
      ({ path }) => roomOf(path) === 'console',
      (to) => ['console', 'generated'].includes(roomOf(to)),
    ),
  ).toEqual([]);
});

test('Only meta speaks to Meta, delivery to others, and one file to the identity provider.', () => {
  const clients = /^(got|undici|node:https?)$/;
  const speakers = sources.filter(({ path, packages, text }) => {
    if (['meta', 'delivery', 'console', 'sandbox'].includes(roomOf(path))) return false;
    if (path === 'http/remote-keys.ts') return false;
    return packages.some((name) => clients.test(name)) || /(?<![.\w])fetch\(/.test(text);
  });
  expect(speakers.map(({ path }) => path)).toEqual([]);
});

test('Only metrics knows how figures are kept: the others report, and do not know to whom.', () => {
  const users = sources.filter(({ packages }) => packages.includes('prom-client'));
  expect([...new Set(users.map(({ path }) => roomOf(path)))]).toEqual(['metrics']);
});

test('Every test that the guide to the tests names is there.', () => {
  const guide = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
  const named = guide.match(/(?<=`test\/)[\w./-]+\.ts/g) ?? [];
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((path) => !existsSync(join(import.meta.dirname, path)))).toEqual([]);
});
