import { setImmediate } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/core';
import type { Compilable } from 'kysely';
import type { Limit, LimitKeeper, LimitScope, MetaApp } from '../meta/limits.js';
import { CompiledQueryCache } from '../sql/compile-once.js';
import { kyselyOf } from '../sql/kysely-of.js';
import type { GroupCommit } from '../sql/group-commit.js';
import { storedTime } from '../sql/stored-time.js';
import { MetaLimit } from './meta-limit.entity.js';

const MOST_LISTED = 100;

/** Times read are milliseconds since 1970. */
interface LimitRow {
  scope: LimitScope;
  blocks: Limit['blocks'];
  until: number;
  reason: string;
}

interface LimitTables {
  meta_limit: LimitRow;
}

/** By how many scopes they ask for: it is asked before each claim, each renewal and each connection. */
const findLimits = new CompiledQueryCache<LimitRow>();

/** Meta's limits, in the database: every process obeys the same ones, and a restart forgets none. */
export class LimitStore implements LimitKeeper {
  /** What is being kept. */
  readonly #keeping = new Set<Promise<void>>();

  /** For queries that go around the entities: none of them is ever in it. */
  readonly #reader: EntityManager;

  constructor(
    /** A fresh EntityManager for each use. */
    private readonly em: () => EntityManager,
    /** Those by which first tokens are stored. */
    private readonly commits: GroupCommit,
  ) {
    this.#reader = em();
  }

  /** Of two ends of the same limit the later one stands. Whoever reads limits after this call sees them. */
  keep(limits: readonly Limit[]): Promise<void> {
    const kept = this.#write(limits).finally(() => this.#keeping.delete(kept));
    this.#keeping.add(kept);
    return kept;
  }

  /** Resolves when all that was to be kept is, or is lost. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#keeping);
  }

  async #write(limits: readonly Limit[]): Promise<void> {
    // Whoever gets the answer that told them stores what it brought in the same turn: that goes first.
    await setImmediate();
    await this.commits.write((em) => writeLimits(em, limits));
  }

  /** What stands at `now` for any of these scopes. */
  async find(scopes: readonly LimitScope[], now: Date): Promise<Limit[]> {
    await this.settled();
    const from = storedTime(this.#reader, now);
    const limits = (): Compilable<LimitRow> =>
      kyselyOf<LimitTables>(this.#reader)
        .selectFrom('meta_limit')
        .select(['scope', 'blocks', 'until', 'reason'])
        .where('scope', 'in', scopes)
        .where('until', '>', from);
    const rows = await findLimits.run(this.#reader, String(scopes.length), limits, [...scopes, from]);
    return rows.map((row) => ({ ...row, until: new Date(row.until) }));
  }

  /** Whether anything limits the app's background work at `now`. */
  async isLimited(app: MetaApp, now: Date): Promise<boolean> {
    return (await this.find([`app:${app}`], now)).length > 0;
  }

  /** What stands at `now`, the longest first; at most 100. */
  async list(now: Date): Promise<Limit[]> {
    await this.settled();
    return this.em().find(
      MetaLimit,
      { until: { $gt: now } },
      { orderBy: { until: 'desc', scope: 'asc' }, limit: MOST_LISTED },
    );
  }

  /** Removes what is known of these scopes, as part of the caller's transaction. */
  async forget(em: EntityManager, scopes: readonly LimitScope[]): Promise<void> {
    await em.nativeDelete(MetaLimit, { scope: { $in: [...scopes] } });
  }

  async prune(now: Date): Promise<void> {
    await this.em().nativeDelete(MetaLimit, { until: { $lte: now } });
  }
}

async function writeLimits(em: EntityManager, limits: readonly Limit[]): Promise<void> {
  for (const { scope, blocks, reason, ...limit } of limits) {
    const until = storedTime(em, limit.until);
    await kyselyOf<LimitTables>(em)
      .insertInto('meta_limit')
      .values({ scope, blocks, until, reason })
      .onConflict((conflict) =>
        conflict
          .columns(['scope', 'blocks'])
          .doUpdateSet({ until, reason })
          .where('meta_limit.until', '<', until),
      )
      .execute();
  }
}
