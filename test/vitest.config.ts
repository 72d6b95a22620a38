import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

/**
 * What runs on PostgreSQL beside SQLite: what is about stored data, and, where there is time for it
 * (`npm run test:postgresql`), whatever goes through the API.
 */
const onBoth = [
  'test/unit/oauth/attempt-store.test.ts',
  'test/unit/query-plans.test.ts',
  ...(process.env['POSTGRESQL_TESTS'] === 'all' ? ['test/api/**/*.test.ts'] : []),
];
const postgresqlAlone = 'test/postgresql/**/*.test.ts';

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
    projects: [
      {
        extends: true,
        test: {
          name: 'sqlite',
          include: ['test/**/*.test.ts'],
          exclude: [postgresqlAlone],
          globalSetup: ['test/support/build-once.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'postgresql',
          include: [...onBoth, postgresqlAlone],
          globalSetup: ['test/support/build-once.ts', 'test/support/postgresql/setup.ts'],
        },
      },
    ],
  },
});
