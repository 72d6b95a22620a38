import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './support/longest-first.js';

/** What runs on PostgreSQL beside SQLite: whatever goes through the API, and what is about stored data. */
const onBoth = ['test/unit/{query-plans,oauth/attempt-store}.test.ts', 'test/api/**/*.test.ts'];
const postgresqlAlone = ['test/postgresql/**/*.test.ts', 'test/**/*.postgresql.test.ts'];

/** Chaos that is the same on both; all of it by `npm run chaos`. */
const chaosOnBoth = 'test/chaos/**/*.test.ts';
const chaosOnSqliteAlone = [
  'test/chaos/{points,leak-scan}.test.ts',
  'test/**/*.sqlite.test.ts',
  ...(process.env['CHAOS'] === 'full'
    ? []
    : ['test/chaos/{kill.facebook,kill.moca,kill.twice,renewals,stale-fences,webhooks.kill}.test.ts']),
];

export default defineConfig({
  // As Node resolves it: graphql has a second copy of itself for bundlers, and two copies do not get along.
  resolve: { alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }] },
  test: {
    setupFiles: ['test/support/setup.ts'],
    reporters: ['default', './test/support/summary-reporter.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // By itself vitest leaves one core idle, of two.
    maxWorkers: 2,
    // To load the server anew for each file would take longer than to run the tests. Nothing that a test changes
    // outlives it: servers, databases and clocks are its own.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'sqlite',
          include: ['test/**/*.test.ts'],
          exclude: postgresqlAlone,
          globalSetup: ['test/support/build-once.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'postgresql',
          include: [...onBoth, ...postgresqlAlone, chaosOnBoth],
          exclude: chaosOnSqliteAlone,
          globalSetup: ['test/support/build-once.ts', 'test/support/postgresql/setup.ts'],
        },
      },
    ],
  },
});
