import type { PgBoss } from 'pg-boss';
import { inRounds, type RoundsOptions } from '../in-rounds.js';
import { APPLICATION_NAME } from '../sql/application-name.js';
import { HOUR, SECOND } from '../time.js';
import type { Chore, Job, JobRunner } from './job.js';

/** Where its tables are, in the server's own database. */
const SCHEMA = 'pgboss';
/** One for each lane that fetches, as a rule idle; one more listens. */
const CONNECTIONS = 4;
/** How many due rows are put into a queue at a time, by each process and look. */
const FOUND_AT_ONCE = 5_000;
/** A row that has been due for so many looks and that nobody has claimed is put into its queue once more. */
const LOOKS_PER_PERIOD = 4;
/** What failed again and again, for an operator to look at. */
const DEAD_LETTERS = 'dead';
/** Shorter than the time that the server has to stop. */
const STOP_MS = 15 * SECOND;

/** How often whoever is woken looks all the same: nothing wakes it for what is tried again. */
const POLL_SECONDS = 5;

const queueOptions = {
  // A row is in its queue once for each occasion and period, be it waiting, tried again or worked on.
  policy: 'exclusive',
  deadLetter: DEAD_LETTERS,
  // Wakes whoever waits.
  notify: true,
  retryLimit: 3,
  retryDelay: 5,
  retryBackoff: true,
  // Beyond every lease: whoever has not finished by then is dead, and its rows have been due anew long since.
  expireInSeconds: 300,
  // What was done stands in the rows and in their history.
  deleteAfterSeconds: 600,
} as const;

export interface PgBossRunnerOptions extends RoundsOptions {
  /** How to connect, as `pg` takes it. */
  readonly connection: { readonly connectionString: string; readonly ssl: object | false };
}

/**
 * Spreads work over the processes of one PostgreSQL database by pg-boss. Queues carry ids and nothing else, and
 * only wake: whether a row is still to be worked on, and by whom, its claim decides.
 */
export class PgBossRunner implements JobRunner {
  #boss: PgBoss | null = null;
  #looks: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: PgBossRunnerOptions) {}

  /**
   * Makes pg-boss's tables where they are missing (one process does, the others wait), then its queues.
   *
   * @throws Error when the database does not allow it
   */
  async start(chores: readonly Chore[], jobs: readonly Job[]): Promise<void> {
    const { connection, logger } = this.options;
    // Loaded only where it is used.
    const { PgBoss: Boss } = await import('pg-boss');
    const boss = new Boss({
      ...connection,
      schema: SCHEMA,
      max: CONNECTIONS,
      application_name: APPLICATION_NAME,
      connectionTimeoutMillis: 5 * SECOND,
      useListenNotify: true,
    });
    this.#boss = boss;
    boss.on('error', (err) => logger.error({ err }, 'the queue of jobs failed'));
    boss.on('warning', ({ message }) => logger.warn({ event: 'jobs.warning' }, message));
    await boss.start();
    await boss.createQueue(DEAD_LETTERS);
    for (const job of jobs) await this.#serve(boss, job);
    for (const chore of chores) await this.#schedule(boss, chore);
    this.#looks = Promise.all(
      jobs.map((job) => inRounds(this.options, job.everyMs, job.failure, () => this.#look(boss, job))),
    );
  }

  async settled(): Promise<void> {
    await this.#looks;
    try {
      await this.#boss?.stop({ graceful: true, timeout: STOP_MS });
    } catch (err) {
      // The database is away: what was under way here is due again when its leases are over.
      this.options.logger.warn({ err }, 'the queue of jobs did not stop in order');
    }
  }

  async #serve(boss: PgBoss, job: Job): Promise<void> {
    const { name, batchSize, lanes } = job;
    await boss.createQueue(name, queueOptions);
    await boss.work<{ readonly id: string }>(
      name,
      {
        batchSize,
        localConcurrency: lanes,
        burstWhenBatchFull: true,
        notifyPollingIntervalSeconds: POLL_SECONDS,
      },
      (queued) => this.#attempt(job, () => job.run(queued.map(({ data }) => data.id))),
    );
  }

  async #schedule(boss: PgBoss, chore: Chore): Promise<void> {
    await boss.createQueue(chore.name, queueOptions);
    await boss.schedule(chore.name, cronOf(chore.everyMs));
    await boss.work(chore.name, { notifyPollingIntervalSeconds: POLL_SECONDS }, () =>
      this.#attempt(chore, () => chore.round()),
    );
  }

  async #look(boss: PgBoss, job: Job): Promise<void> {
    const rows = await job.findDue(FOUND_AT_ONCE);
    if (rows.length === 0) return;
    // Whoever dies between being given a row and claiming it leaves it as it was, and its old job in the way.
    const period = Math.floor(this.options.clock.now().getTime() / (LOOKS_PER_PERIOD * job.everyMs));
    await boss.insert(
      job.name,
      rows.map(({ id, occasion, isUrgent = false }) => ({
        data: { id },
        singletonKey: `${id} ${occasion} ${period}`,
        priority: isUrgent ? 1 : 0,
      })),
    );
  }

  /** pg-boss stores what is thrown: an error of the database would bring its whole statement along. */
  async #attempt({ name, failure }: Chore, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (err) {
      this.options.logger.error({ err, job: name }, failure);
      throw new Error(failure);
    }
  }
}

/** A schedule's smallest step is a minute. */
function cronOf(everyMs: number): string {
  return everyMs >= HOUR ? '15 * * * *' : '* * * * *';
}
