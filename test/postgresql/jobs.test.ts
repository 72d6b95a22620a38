import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import type { Chore, DueRow, Job } from '../../src/jobs/job.js';
import { PgBossRunner } from '../../src/jobs/pgboss-runner.js';
import { DAY, HOUR, MINUTE, SECOND, plus } from '../../src/time.js';
import { createEmptyPostgresql, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { eventsOf } from '../support/reconnecting.js';
import { startReplica } from '../support/replica.js';
import { runSql, sqlTime } from '../support/sql.js';
import { createTestApp } from '../support/test-app.js';
import { TestClock } from '../support/test-clock.js';

/** One process's runner, with all that it logs. */
async function createRunner(database: TestDatabase, clock: TestClock, jobs: Job[], chores: Chore[] = []) {
  const log: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void log.push(line) });
  const stop = new AbortController();
  const connection = { connectionString: database.url, ssl: false } as const;
  const runner = new PgBossRunner({ connection, clock, logger, stopping: stop.signal });
  await runner.start(chores, jobs);
  return {
    log,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await runner.settled();
    },
  };
}

/** A job with rows in memory, each due until it is run; one of them may be urgent. */
function createJob(ids: readonly string[], run: (id: string) => Promise<void> = () => Promise.resolve()) {
  const due = new Map(ids.map((id) => [id, 'first']));
  const done: string[] = [];
  const job: Job = {
    name: 'rows',
    everyMs: 5 * SECOND,
    failure: 'rows could not be done',
    batchSize: 10,
    lanes: 1,
    round: () => Promise.reject(new Error('Only an embedded runner makes rounds.')),
    findDue: (limit) =>
      Promise.resolve(
        [...due]
          .map(([id, occasion]): DueRow => ({ id, occasion, isUrgent: id === 'urgent' }))
          .slice(0, limit),
      ),
    run: async (some) => {
      for (const id of some) {
        // As a claim would say.
        if (!due.has(id)) continue;
        await run(id);
        due.delete(id);
        done.push(id);
      }
    },
  };
  return { job, due, done };
}

/** Of the clock: they leave a renewal time enough, whose lease is a minute of it. */
const STEPS = { pauseMs: 500 };

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `row-${index}`);

test('Rows that two processes find due are given to one of them, each once, as ids and nothing else.', async () => {
  await using database = await createEmptyPostgresql();
  const clock = new TestClock();
  const { job, done } = createJob(names(55));
  await using one = await createRunner(database, clock, [job]);
  await using other = await createRunner(database, clock, [job]);
  await eventually(() => expect(done.toSorted()).toEqual(names(55).toSorted()));
  clock.advance(MINUTE);
  expect(
    await runSql(
      { databaseUrl: database.url },
      // Whoever looked before a row was done may say it again after: then there is nothing to be done.
      `select policy, count(distinct data->>'id') as ids,
         (select string_agg(distinct key, ' ') from pgboss.job, jsonb_object_keys(data) key where name = 'rows') as keys
       from pgboss.job where name = 'rows' group by policy`,
    ),
  ).toEqual([{ policy: 'exclusive', ids: 55, keys: 'id' }]);
  expect([...one.log, ...other.log]).toEqual([]);
});

test('What a dead process had begun is begun anew when its rows are due anew.', async () => {
  await using database = await createEmptyPostgresql();
  const clock = new TestClock();
  const dead = Promise.withResolvers<void>();
  const begun: string[] = [];
  const first = createJob(['row'], (id) => {
    begun.push(id);
    return dead.promise;
  });
  await using _hanging = await createRunner(database, clock, [first.job]);
  await eventually(() => expect(begun).toEqual(['row']));
  const { job, due, done } = createJob(['row']);
  await using _other = await createRunner(database, clock, [job]);
  clock.advance(5 * SECOND);
  // Its lease is over.
  due.set('row', 'second');
  await eventually(() => {
    clock.advance(5 * SECOND);
    expect(done).toEqual(['row']);
  });
  dead.resolve();
});

test('What a process was given that died before it claimed anything is given to another one soon.', async () => {
  await using database = await createEmptyPostgresql();
  const clock = new TestClock();
  const never = Promise.withResolvers<void>();
  const begun: string[] = [];
  const first = createJob(['row'], (id) => {
    begun.push(id);
    return never.promise;
  });
  await using _hanging = await createRunner(database, clock, [first.job]);
  await eventually(() => expect(begun).toEqual(['row']));
  const { job, done } = createJob(['row']);
  await using _other = await createRunner(database, clock, [job]);
  clock.advance(20 * SECOND);
  await eventually(() => expect(done).toEqual(['row']));
  never.resolve();
});

test('What fails again and again is put among the dead letters, with its id and without the reason of the database.', async () => {
  await using database = await createEmptyPostgresql();
  const clock = new TestClock();
  const { job } = createJob(['row'], () =>
    Promise.reject(new Error("insert into t values ('sealed token')")),
  );
  await using runner = await createRunner(database, clock, [job]);
  const sql = (query: string) => runSql({ databaseUrl: database.url }, query);
  await eventually(async () => {
    // It is tried once more, and that at once.
    await sql(
      "update pgboss.job set start_after = now(), retry_limit = 1 where name = 'rows' and state = 'retry'",
    );
    expect(await sql("select data from pgboss.job where name = 'dead'")).toEqual(
      ['{"id": "row"}'].map((data) => ({ data })),
    );
  });
  const outputs = await sql(
    "select distinct output->>'message' as message from pgboss.job where output is not null",
  );
  expect(outputs).toEqual([{ message: 'rows could not be done' }]);
  expect(runner.log.length).toBe(2);
  expect(runner.log.every((line) => line.includes('rows could not be done'))).toBe(true);
});

test('A chore has its schedule, and is done by one process each time.', async () => {
  await using database = await createEmptyPostgresql();
  const clock = new TestClock();
  const rounds: string[] = [];
  const chore = (name: string, everyMs: number): Chore => ({
    name,
    everyMs,
    failure: 'the chore could not be done',
    round: () => {
      rounds.push(name);
      return Promise.resolve();
    },
  });
  const chores = [chore('states', 15 * SECOND), chore('hourly', HOUR)];
  await using _one = await createRunner(database, clock, [], chores);
  await using _other = await createRunner(database, clock, [], chores);
  const sql = (query: string) => runSql({ databaseUrl: database.url }, query);
  expect(await sql('select name, cron from pgboss.schedule order by name')).toEqual([
    { name: 'hourly', cron: '15 * * * *' },
    { name: 'states', cron: '* * * * *' },
  ]);
  await sql("insert into pgboss.job (name, policy) values ('hourly', 'exclusive')");
  await eventually(() => expect(rounds.filter((name) => name === 'hourly')).toEqual(['hourly']));
});

test('What is urgent does not stand behind a backlog in its queue.', async () => {
  await using database = await createEmptyPostgresql();
  const { job, done } = createJob([...names(50), 'urgent']);
  await using _runner = await createRunner(database, new TestClock(), [job]);
  await eventually(() => expect(done).toHaveLength(51));
  expect(done.indexOf('urgent')).toBeLessThan(10);
});

test('A half-open breaker that keeps nobody closes also where nothing is due that could be put into a queue.', async () => {
  await using moca = await createTestApp({ flow: 'instagram', overrides: { worksByHand: false } });
  const opened = sqlTime(plus(moca.clock.now(), -HOUR));
  await runSql(
    moca,
    `insert into renewal_breaker (app, opened_at, until, failed_probes) values ('instagram', ${opened}, ${opened}, 0)`,
  );
  await eventually(async () => {
    moca.clock.advance(15 * SECOND);
    expect(await runSql(moca, 'select opened_at from renewal_breaker')).toEqual([{ opened_at: null }]);
  }, STEPS);
});

test('Two servers renew what is due by way of the queue, each token once; one without a worker leaves it alone.', async () => {
  await using moca = await createTestApp({
    flow: 'instagram',
    env: { WORKER: 'off', RATE_LIMIT_COMPLETE: '1000/s' },
  });
  for (let copy = 1; copy <= 30; copy += 1) await moca.connect(`page-token#${copy}`);
  moca.clock.advance(34 * DAY);
  expect(await runSql(moca, "select to_regnamespace('pgboss') as schema")).toEqual([{ schema: null }]);
  const working = { env: { ...moca.env, WORKER: 'on' }, clock: moca.clock };
  await using _one = await startReplica(working, { worksByHand: false });
  await using _other = await startReplica(working, { worksByHand: false });
  await eventually(async () => {
    moca.clock.advance(15 * SECOND);
    expect(await runSql(moca, "select count(*) from account_event where type = 'renewed'")).toEqual([
      { count: 30 },
    ]);
  }, STEPS);
  expect(moca.sandbox.ledger.count({ endpoint: 'refresh_access_token' })).toBe(30);
  // Subscribing goes the same way.
  await eventually(async () => {
    moca.clock.advance(15 * SECOND);
    expect(await runSql(moca, 'select count(*) from instagram_account where subscribed_at is null')).toEqual([
      { count: 0 },
    ]);
  }, STEPS);
  expect(
    await runSql(
      moca,
      'select count(*) from instagram_account where fence is not null or lease_until is not null',
    ),
  ).toEqual([{ count: 0 }]);
});

test('A server whose clock is off the database’s ends no token by it, and says so.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  moca.clock.advance(61 * DAY);
  vi.useFakeTimers({ toFake: ['Date'], now: moca.clock.now() });
  try {
    await moca.app.work();
  } finally {
    vi.useRealTimers();
  }
  expect(moca.log.join('')).toContain('"event":"clock.off"');
  expect(await eventsOf(moca, accountId)).toEqual(['connected']);
  await moca.app.work();
  expect(await eventsOf(moca, accountId)).toEqual(['connected', 'expired']);
});
