import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InstagramAccount } from '../../src/accounts/instagram-account.entity.js';
import { AuthAttempt } from '../../src/oauth/auth-attempt.entity.js';
import { openAt } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { startCluster, type Cluster } from '../support/postgresql/cluster.js';
import { Load } from './load.js';
import { createServers } from './servers.js';
import { size } from './size.js';

// A PostgreSQL server of their own: this test stops it, so what it has committed has to be on its disk.

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ settings: ['synchronous_commit=on'] });
});
afterAll(() => cluster[Symbol.asyncDispose]());

/**
 * What may be heard while the database is away, or has just come back: each is to be asked again. A renewal that
 * the database broke off holds its account until its lease is over; whoever forces another one hears that.
 */
const RETRYABLE = [
  '503 INTERNAL_SERVER_ERROR true',
  '200 CONNECTION_PENDING true',
  '200 RATE_LIMITED true',
  '503 RATE_LIMITED true',
];

test(
  'A database that restarts, and one that is away for longer, under load are told clearly to every caller, and nothing is lost.',
  {
    timeout: size.timeoutMs,
  },
  async ({ annotate }) => {
    await using servers = await createServers('moca', { databaseUrl: cluster.url });
    const { sandbox } = servers;
    const running = [await servers.start(), await servers.start()];
    using load = new Load({ sandbox, url: (caller) => running[caller % running.length]?.url ?? '' });
    load.start({ people: 6, programs: 6 });
    for (const outageMs of [0, size.outageMs]) {
      const before = load.calls.length;
      await eventually(() =>
        expect(endsSince(load, before).filter((end) => end === 'data').length).toBeGreaterThan(30),
      );
      const atStop = load.calls.length;
      await cluster.stop();
      await sleep(outageMs);
      await eventually(() =>
        expect(endsSince(load, atStop).filter((end) => end.startsWith('503')).length).toBeGreaterThan(20),
      );
      await cluster.start();
      const atStart = load.calls.length;
      await eventually(() =>
        expect(
          endsSince(load, atStart)
            .slice(-12)
            .filter((end) => end === 'data').length,
        ).toBeGreaterThan(6),
      );
    }
    await load.stop().ended;
    const ends = Object.groupBy(load.calls, ({ end }) => end ?? 'none');
    await annotate(
      JSON.stringify(Object.fromEntries(Object.entries(ends).map(([end, calls]) => [end, calls?.length]))),
    );
    expect(Object.keys(ends).filter((end) => end !== 'data' && !RETRYABLE.includes(end))).toEqual([]);
    expect(ends['503 INTERNAL_SERVER_ERROR true']?.length).toBeGreaterThan(0);

    // Everybody who was told to ask again does, and is connected, by the code that was sent once.
    expect(await load.finish()).toEqual([]);
    await using database = await openAt(cluster.url);
    expect(await database.em().count(AuthAttempt, { status: { $ne: 'saved' } })).toBe(0);
    const stored = await database.em().find(InstagramAccount, {}, { fields: ['accountId'] });
    expect(new Set(stored.map(({ accountId }) => accountId))).toEqual(load.accountIds);
    const sendings = Object.values(
      Object.groupBy(
        sandbox.ledger.calls({ endpoint: 'code_exchange' }),
        ({ params }) => params['code'] ?? '',
      ),
    );
    expect(sendings.filter((calls) => calls?.filter(({ granted }) => granted !== null).length !== 1)).toEqual(
      [],
    );
  },
);

function endsSince({ calls }: Load, index: number): string[] {
  return calls.slice(index).flatMap(({ end }) => (end === null ? [] : [end]));
}
