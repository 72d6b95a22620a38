import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { InstagramAccount } from '../../src/accounts/instagram-account.entity.js';
import { AuthAttempt } from '../../src/oauth/auth-attempt.entity.js';
import { randomNumbers } from '../../src/sandbox/random-numbers.js';
import { SECOND } from '../../src/time.js';
import { openAt } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { Load, type Call } from './load.js';
import { createServers } from './servers.js';
import { seed, size } from './size.js';

/** What a server that stops, or is busy with its start, may say beside data: each is to be asked again. */
const RETRYABLE = ['200 CONNECTION_PENDING true', '200 META_UNAVAILABLE true', '503 RATE_LIMITED true'];

/** After the first calls were answered, the signal comes within this time. */
const WITHIN_MS = SECOND / 2;

const EXIT_WITHIN_MS = 25 * SECOND;

test(
  `Told ${size.terminations} times to stop while many calls are under way, a server answers all, ends in time and leaves no lease behind (seed ${seed}).`,
  {
    timeout: size.timeoutMs,
  },
  async ({ annotate }) => {
    const random = randomNumbers(seed);
    await using servers = await createServers('moca');
    const { sandbox } = servers;
    await using database = await openAt(servers.databaseUrl);
    let url = '';
    using load = new Load({ sandbox, url: () => url });
    const underWay: Call[] = [];
    const exits: unknown[] = [];
    const exitMs: number[] = [];
    for (let round = 1; round <= size.terminations; round += 1) {
      const server = await servers.start();
      ({ url } = server);
      const before = load.calls.length;
      load.start({ people: 6, programs: 6 });
      await eventually(() =>
        expect(load.calls.slice(before).filter(({ end }) => end !== null).length).toBeGreaterThan(12),
      );
      // Renewals go on beside the calls.
      await database.em().nativeUpdate(InstagramAccount, {}, { nextRefreshAt: new Date(0) });
      await sleep(random() * WITHIN_MS);
      const stopped = load.stop();
      // What was still being sent then had not arrived.
      underWay.push(...stopped.underWay.filter(({ isSent }) => isSent));
      const startedAt = performance.now();
      server.child.kill('SIGTERM');
      exits.push(await server.ended);
      exitMs.push(Math.round(performance.now() - startedAt));
      await stopped.ended;
      expect(await database.em().count(AuthAttempt, { leaseUntil: { $ne: null } })).toBe(0);
      expect(
        await database
          .em()
          .count(InstagramAccount, { $or: [{ leaseUntil: { $ne: null } }, { fence: { $ne: null } }] }),
      ).toBe(0);
    }
    await annotate(
      `${underWay.length} calls were under way at ${exits.length} ends, which took ${Math.max(...exitMs)} ms at most`,
    );
    expect(exits).toEqual(exits.map(() => 0));
    expect(exitMs.filter((ms) => ms > EXIT_WITHIN_MS)).toEqual([]);
    expect(underWay.length).toBeGreaterThan(size.terminations);
    expect(underWay.filter(({ end }) => end !== 'data' && !RETRYABLE.includes(end ?? ''))).toEqual([]);

    // What was put off is finished by the next one.
    ({ url } = await servers.start());
    expect(await load.finish()).toEqual([]);
    expect(await database.em().count(InstagramAccount)).toBe(load.accountIds.size);
  },
);
