import process from 'node:process';
import type { PipelinePoint } from '../../src/oauth/pipeline-points.js';
import { MINUTE, SECOND } from '../../src/time.js';
import { testsPostgresql } from '../support/databases.js';

/** How much of each kind of trouble there is. */
interface ChaosSize {
  /** Whether servers die at every point that a passage passes, and not only at those that it is named for. */
  readonly everyPoint: boolean;
  /** Where servers die; null: everywhere. */
  readonly points: readonly PipelinePoint[] | null;
  readonly randomKills: number;
  /** Calls with one code that each server gets at the same time. */
  readonly sameCode: { readonly servers: number; readonly calls: number; readonly rounds: number };
  readonly renewals: {
    readonly servers: number;
    readonly accounts: number;
    /** How many servers are killed at most. */
    readonly kills: number;
    /** Null: after each hundred renewals. */
    readonly killEveryMs: number | null;
  };
  readonly terminations: number;
  /** How long the database is away at least, in milliseconds: until many have noticed in any case. */
  readonly outageMs: number;
  /** For each test, in milliseconds. */
  readonly timeoutMs: number;
}

/** As part of `npm test`: enough of each to fail when its guard is broken. */
const small: ChaosSize = {
  everyPoint: false,
  // The pipeline is the same one on both databases: on the second, where its state changes hands.
  points: testsPostgresql ? ['attempt.insert', 'attempt.claim', 'attempt.exchanged', 'account.save'] : null,
  randomKills: 9,
  sameCode: { servers: 2, calls: 8, rounds: 2 },
  renewals: { servers: 2, accounts: 300, kills: 2, killEveryMs: null },
  terminations: 3,
  outageMs: 0,
  timeoutMs: 5 * MINUTE,
};

/** `npm run chaos`. */
const full: ChaosSize = {
  everyPoint: true,
  points: null,
  randomKills: 201,
  sameCode: { servers: 4, calls: 50, rounds: 20 },
  renewals: { servers: 4, accounts: 10_000, kills: Number.POSITIVE_INFINITY, killEveryMs: SECOND },
  terminations: 50,
  outageMs: 10_000,
  timeoutMs: 60 * MINUTE,
};

export const size = process.env['CHAOS'] === 'full' ? full : small;

/** For what is random: given by `CHAOS_SEED`, so that what was seen once can be looked at again. */
export const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000);
