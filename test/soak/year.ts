import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RequiredEntityData } from '@mikro-orm/core';
import { InstagramAccount } from '../../src/accounts/instagram-account.entity.js';
import { openAccountToken } from '../../src/accounts/sealed-token.js';
import { createApp } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import { openDatabase, type Database } from '../../src/database/database.js';
import type { FaultName } from '../../src/sandbox/faults.js';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { DAY, HOUR, MINUTE, SECOND, plus } from '../../src/time.js';
import { Cipher } from '../../src/tokens/cipher.js';
import { Keyring } from '../../src/tokens/keyring.js';
import { grantedAccount, grantedKinds, type GrantedKind } from '../support/granted-accounts.js';
import { memoryFolder } from '../support/memory-folder.js';
import { testEnvironment } from '../support/test-app.js';
import { TestClock } from '../support/test-clock.js';

/** So much is done in one round, after the first hours: the worker itself looks every 15 seconds. */
const STEP_MS = 6 * HOUR;
/** Short-lived tokens have minutes. */
const FIRST_HOURS_MS = 3 * HOUR;

export interface YearPlan {
  readonly accounts: Readonly<Record<GrantedKind, number>>;
  readonly days: number;
  readonly seed: number;
  /** Of all calls: 0 to 1. */
  readonly faultShare: number;
  readonly faults: readonly FaultName[];
}

export interface YearReport {
  /** Every call to Meta's API. */
  readonly calls: number;
  /** Calls that got a fault, by its name. */
  readonly faults: Readonly<Record<string, number>>;
  /** Accounts that say of their token what Meta does not: that it lives, or that it does not. */
  readonly untrue: readonly string[];
  /** How many accounts are in each state at the end. */
  readonly states: Readonly<Record<string, number>>;
  /** The shortest time that any long-lived token had left, in days, at any time of the year. */
  readonly shortestLeftDays: number;
  readonly ms: number;
}

/** Lives a year with the server as it ships, on a clock that jumps from one due renewal to the next. */
export async function liveThroughYear(plan: YearPlan): Promise<YearReport> {
  const startedAt = performance.now();
  const clock = new TestClock(new Date('2026-11-24T00:00:00Z'));
  await using sandbox = await createSandbox({ clock });
  const folder = mkdtempSync(join(memoryFolder, 'moca-year-'));
  const env = testEnvironment(sandbox, `sqlite:${join(folder, 'moca.sqlite')}`, {
    env: { LOG_LEVEL: 'silent' },
  });
  const settings = readConfig(env);
  const app = await createApp(settings, { clock, worksByHand: true });
  const database = await openDatabase(settings.secrets.database);
  const cipher = new Cipher(new Keyring(settings.secrets.encryptionKeys));
  try {
    await database.em().insertMany(InstagramAccount, rowsOf(plan, sandbox, cipher, clock.now()));
    const calls = countCalls(sandbox);
    const { seed, faultShare: share } = plan;
    // Meta blocks for hours, and no token of an hour outlives that: it is no loss that anybody could prevent.
    const passing = plan.faults.filter((fault) => fault !== 'policy_block');
    sandbox.faults.random({ seed, share, faults: passing });
    let areAllFaults = false;
    let shortestLeftMs = Number.POSITIVE_INFINITY;
    const start = clock.now();
    const end = plus(start, plan.days * DAY);
    while (clock.now() < end) {
      const next = await nextDue(database);
      const step = next === null || next > end ? end : next;
      const at = step > clock.now() ? step : clock.now();
      if (!areAllFaults && at >= plus(start, FIRST_HOURS_MS)) {
        sandbox.faults.random({ seed, share, faults: plan.faults });
        areAllFaults = true;
      }
      clock.set(
        at < plus(start, FIRST_HOURS_MS) ? plus(at, step > clock.now() ? SECOND : MINUTE) : plus(at, STEP_MS),
      );
      await app.work();
      calls.note();
      shortestLeftMs = Math.min(shortestLeftMs, await shortestLeft(database, clock.now()));
    }
    sandbox.faults.clear();
    const rows = await database.em().find(InstagramAccount, {}, { populate: ['accessToken'] });
    const untrue = rows.filter(({ accountId, accessToken, tokenEnd }) => {
      const isAlive = sandbox.isAlive(openAccountToken(cipher, accountId, accessToken).reveal());
      return isAlive !== (tokenEnd == null);
    });
    return {
      calls: calls.total(),
      faults: calls.faults(),
      untrue: untrue.map(({ accountId }) => accountId),
      states: Object.fromEntries(
        Object.entries(
          Object.groupBy(rows, ({ tokenEnd, tokenKind }) => `${tokenKind} ${tokenEnd ?? 'lives'}`),
        ).map(([state, group]) => [state, group.length]),
      ),
      shortestLeftDays: shortestLeftMs / DAY,
      ms: performance.now() - startedAt,
    };
  } finally {
    await app.close();
    await database[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function nextDue(database: Database): Promise<Date | null> {
  const [row] = await database
    .em()
    .find(
      InstagramAccount,
      { nextRefreshAt: { $ne: null } },
      { fields: ['nextRefreshAt'], orderBy: { nextRefreshAt: 'asc' }, limit: 1 },
    );
  return row?.nextRefreshAt ?? null;
}

/** In milliseconds, of the long-lived token that ends next. */
async function shortestLeft(database: Database, now: Date): Promise<number> {
  const [row] = await database
    .em()
    .find(
      InstagramAccount,
      { tokenKind: 'LONG_LIVED' },
      { fields: ['tokenExpiry'], orderBy: { expiryOrder: 'asc' }, limit: 1 },
    );
  return row?.tokenExpiry == null ? Number.POSITIVE_INFINITY : row.tokenExpiry.getTime() - now.getTime();
}

/** The ledger is emptied as it is counted: a year of calls would fill the memory. */
function countCalls({ ledger }: Sandbox) {
  let total = 0;
  const faults: Record<string, number> = {};
  return {
    note(): void {
      for (const { fault } of ledger.calls()) {
        total += 1;
        if (fault !== null) faults[fault] = (faults[fault] ?? 0) + 1;
      }
      ledger.clear();
    },
    total: () => total,
    faults: () => faults,
  };
}

/** Accounts as connecting them one by one would have stored them. */
function rowsOf(
  { accounts }: YearPlan,
  sandbox: Sandbox,
  cipher: Cipher,
  now: Date,
): RequiredEntityData<InstagramAccount>[] {
  return grantedKinds.flatMap((kind) =>
    Array.from({ length: accounts[kind] }, (_, index) =>
      grantedAccount(kind, index + 1, { sandbox, cipher, now }),
    ),
  );
}
