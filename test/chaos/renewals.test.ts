import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { InstagramAccount } from '../../src/accounts/instagram-account.entity.js';
import type { Database } from '../../src/database/database.js';
import { randomNumbers } from '../../src/sandbox/random-numbers.js';
import { MINUTE, SECOND } from '../../src/time.js';
import { openAt } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import type { ServerProcess } from '../support/server-process.js';
import { DUE_AFTER_MS, findClaims, seedDueAccounts } from './due-accounts.js';
import { createServers, kill, type Servers } from './servers.js';
import { seed, size } from './size.js';

const { servers: count, accounts, kills: killsWanted } = size.renewals;

/** The sandbox lives in this process, too: it has better things to do. */
const seldom = { deadlineMs: size.timeoutMs, pauseMs: 200 };

/** A server's last renewals end before it does. */
const LEASES_OVER_MS = 5 * MINUTE;

test(
  `Of ${accounts} accounts that are due ${count} servers renew each once.`,
  {
    timeout: size.timeoutMs,
  },
  async ({ annotate }) => {
    await using servers = await createServers('moca');
    await using database = await openAt(servers.databaseUrl);
    const ids = await seedDueAccounts(servers, database, accounts);
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: count }, () => servers.start(DUE_AFTER_MS)));
    await eventually(async () => expect(await countUnrenewed(database)).toBe(0), seldom);
    await annotate(`${accounts} renewals in ${Math.round((performance.now() - startedAt) / SECOND)} s`);
    expect(timesRenewed(servers)).toEqual(new Map([...ids.keys()].map((persona) => [persona, 1])));
    await eventually(() => expectRenewedOnce(database));
  },
);

test(
  `Of ${accounts} accounts that are due none is missed while one server after the other is killed, and only what those had claimed is renewed again (seed ${seed}).`,
  {
    timeout: size.timeoutMs,
  },
  async ({ annotate }) => {
    await using servers = await createServers('moca');
    await using database = await openAt(servers.databaseUrl);
    const ids = await seedDueAccounts(servers, database, accounts);
    const random = randomNumbers(seed);
    const running = new Set<ServerProcess>();
    const startOne = async (): Promise<void> => {
      running.add(await servers.start(DUE_AFTER_MS));
    };
    await Promise.all(Array.from({ length: count }, startOne));
    const starting: Promise<void>[] = [];
    const lost = new Set<string>();
    let seenBefore = new Set<string>();
    let kills = 0;
    while ((await countClaimable(database)) > 0 && kills < killsWanted) {
      await (size.renewals.killEveryMs === null
        ? nextRenewals(servers, kills + 1)
        : sleep(size.renewals.killEveryMs));
      const [...victims] = running;
      const victim = victims[Math.floor(random() * victims.length)];
      if (victim === undefined) continue;
      running.delete(victim);
      await kill(victim);
      kills += 1;
      // In its place, as whoever looks after servers would do.
      starting.push(startOne());
      // What is claimed at two deaths was lost at the first one: a renewal that goes on takes less time.
      const seen = new Set((await findClaims(database)).map(nameOf));
      for (const claim of seen) if (seenBefore.has(claim)) lost.add(claim);
      seenBefore = seen;
    }
    await Promise.all(starting);
    await eventually(async () => expect(await countClaimable(database)).toBe(0), seldom);
    for (const server of running) {
      server.child.send({ close: true });
      await server.ended;
    }
    for (const claim of await findClaims(database)) lost.add(nameOf(claim));

    // One for whom the leases of all those are over.
    await servers.start(DUE_AFTER_MS + LEASES_OVER_MS);
    await eventually(() => expectRenewedOnce(database), seldom);
    const times = timesRenewed(servers);
    expect([...ids.keys()].filter((persona) => !times.has(persona))).toEqual([]);
    const repeated = [...times].flatMap(([persona, number]) =>
      Array.from({ length: number - 1 }, () => persona),
    );
    await annotate(`${kills} kills, ${lost.size} leases lost, ${repeated.length} renewals repeated`);
    expect(kills).toBeGreaterThan(0);
    expect(repeated.length).toBeLessThanOrEqual(lost.size);
    const lostAccounts = new Set([...lost].map((claim) => claim.split(' ')[0]));
    expect(repeated.filter((persona) => !lostAccounts.has(ids.get(persona) ?? ''))).toEqual([]);
  },
);

/** Resolves when another hundred renewals have begun. */
async function nextRenewals({ sandbox }: Servers, hundreds: number): Promise<void> {
  await sandbox.ledger.waitFor({ endpoint: 'refresh_access_token' }, hundreds * 100);
}

function nameOf({ accountId, fence }: { accountId: string; fence: string }): string {
  return `${accountId} ${fence}`;
}

/** How often Meta has renewed a token of each person. */
function timesRenewed({ sandbox }: Servers): Map<string, number> {
  const times = new Map<string, number>();
  for (const { persona, granted } of sandbox.ledger.calls({ endpoint: 'refresh_access_token' })) {
    if (persona !== null && granted !== null) times.set(persona, (times.get(persona) ?? 0) + 1);
  }
  return times;
}

function countUnrenewed(database: Database): Promise<number> {
  return database.em().count(InstagramAccount, { tokenVersion: 1 });
}

/** Those that nobody has claimed. */
function countClaimable(database: Database): Promise<number> {
  return database.em().count(InstagramAccount, { tokenVersion: 1, fence: null });
}

async function expectRenewedOnce(database: Database): Promise<void> {
  const done = { tokenVersion: 2, fence: null, leaseUntil: null, tokenProblem: null };
  expect(await database.em().count(InstagramAccount, done)).toBe(accounts);
}
