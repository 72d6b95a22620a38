import { join } from 'node:path';
import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import type { Limit } from '../../src/meta/limits.js';
import { MINUTE, plus } from '../../src/time.js';
import { GroupCommit } from '../../src/sql/group-commit.js';
import { LimitStore } from '../../src/tokens/limit-store.js';
import { MetaLimit } from '../../src/tokens/meta-limit.entity.js';
import { openFile } from '../support/databases.js';

const NOW = new Date('2026-11-24T12:00:00.000Z');

const limit: Limit = {
  scope: 'app:instagram',
  until: plus(NOW, 5 * MINUTE),
  blocks: 'background',
  reason: 'The app uses 96 % of its calls.',
};

test('A limit is written after what is stored in the same turn, and found by whoever looks from then on.', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
  await using database = await openFile(join(folder.path, 'moca.sqlite'));
  await database.migrate();
  const store = new LimitStore(database.em, new GroupCommit(database.em));
  const kept = store.keep([limit]);
  // Begun after it, and done before it.
  expect(await database.em().count(MetaLimit)).toBe(0);
  const [found, listed] = await Promise.all([store.find(['app:instagram'], NOW), store.list(NOW)]);
  expect(found).toMatchObject([limit]);
  expect(listed).toMatchObject([limit]);
  await kept;
});

test('A limit is written after a first token that shares its commit.', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
  await using database = await openFile(join(folder.path, 'moca.sqlite'));
  await database.migrate();
  const commits = new GroupCommit(database.em);
  const kept = new LimitStore(database.em, commits).keep([limit]);
  // As a runner stores its token: after the client has told of the limit.
  expect(await commits.write((em) => em.count(MetaLimit))).toBe(0);
  await kept;
  expect(await database.em().count(MetaLimit)).toBe(1);
});

test('A limit that could not be kept keeps nobody from looking.', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
  await using database = await openFile(join(folder.path, 'moca.sqlite'));
  const store = new LimitStore(database.em, new GroupCommit(database.em));
  // Not migrated: there is no table.
  const kept = store.keep([limit]);
  await Promise.all([store.settled(), expect(kept).rejects.toThrow('no such table')]);
});
