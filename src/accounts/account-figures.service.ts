import type { EntityManager } from '@mikro-orm/core';
import { AppError } from '../errors.js';
import { CachedRead } from '../cached-read.js';
import { SECOND, type Clock } from '../time.js';
import type { TokenKind } from '../tokens/token-kind.js';
import type { TokenState } from '../tokens/token-state.js';
import { countByKind, countByState, FORECAST_DAYS, forecastExpiry } from './account-stats.js';

/** However often somebody asks, all accounts are not counted more often than this. */
const KEPT_MS = 10 * SECOND;

/** Figures over all accounts as of up to ten seconds ago, whatever this process has changed since. */
export class AccountFiguresService {
  readonly #states: CachedRead<Array<{ state: TokenState; count: number }>>;
  readonly #kinds: CachedRead<Array<{ kind: TokenKind; count: number }>>;
  readonly #forecast: CachedRead<Array<{ date: string; count: number }>>;

  constructor(em: () => EntityManager, clock: Clock) {
    const kept = <Value>(read: (em: EntityManager, now: Date) => Promise<Value>): CachedRead<Value> =>
      new CachedRead({ read: () => read(em(), clock.now()), forMs: KEPT_MS, clock });
    this.#states = kept(countByState);
    this.#kinds = kept(countByKind);
    this.#forecast = kept(forecastExpiry);
  }

  /** As many as `byState` says together, whenever each is asked. */
  async total(): Promise<number> {
    return (await this.#states.get()).reduce((sum, { count }) => sum + count, 0);
  }

  byState(): Promise<Array<{ state: TokenState; count: number }>> {
    return this.#states.get();
  }

  byKind(): Promise<Array<{ kind: TokenKind; count: number }>> {
    return this.#kinds.get();
  }

  /** @throws AppError BAD_USER_INPUT when `days` is not 1 to 366 */
  async expiryForecast(days: number): Promise<Array<{ date: string; count: number }>> {
    if (days < 1 || days > FORECAST_DAYS) {
      throw new AppError('BAD_USER_INPUT', `days: must be 1 to ${FORECAST_DAYS}.`);
    }
    return (await this.#forecast.get()).slice(0, days);
  }
}
