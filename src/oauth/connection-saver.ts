import type { EntityManager } from '@mikro-orm/core';
import type { AccountReferences } from '../accounts/account-references.js';
import {
  findBetterTokens,
  saveConnection,
  StoredTokenChangedError,
  type JudgedToken,
  type SavedConnection,
} from '../accounts/connect-account.js';
import type { RecordNotice } from '../notices/notice-outbox.js';
import type { Meta } from '../meta/meta.js';
import type { GroupCommit } from '../sql/group-commit.js';
import type { Clock } from '../time.js';
import type { Cipher } from '../tokens/cipher.js';
import type { Climbed } from '../tokens/ladder/ladder-start.js';
import { probeToken } from '../tokens/probe-token.js';
import type { ClaimedAttempt } from './claimed-attempt.js';
import type { Points } from './pipeline-points.js';

export interface ConnectionSaverOptions {
  /** A fresh EntityManager for each use. */
  readonly em: () => EntityManager;
  readonly commits: GroupCommit;
  readonly cipher: Cipher;
  readonly clock: Clock;
  readonly points: Points;
  readonly requestedScopes: readonly string[];
  /** What else hangs on an account that is merged into another. */
  readonly references: AccountReferences;
  /** Tells the operator what came of it. */
  readonly record: RecordNotice;
}

/** What one run works with: the claim, and Meta and the clock as this claim may use them. */
export interface Run {
  readonly claim: ClaimedAttempt;
  readonly meta: Meta;
  readonly clock: Clock;
}

/** Saving is begun again when a stored token changed under it; more often than this means a fault. */
const MAXIMUM_SAVES = 5;

/** Saves what a run has obtained, and ends its attempt with it. */
export class ConnectionSaver {
  constructor(private readonly options: ConnectionSaverOptions) {}

  /**
   * ask Meta whether better stored tokens still answer → in one transaction: the account, its events, the end
   * of the attempt → (a stored token changed meanwhile) from the start
   *
   * @throws LeaseLostError when another runner has the attempt now; nothing is saved then
   */
  async save(run: Run, climbed: Climbed): Promise<SavedConnection> {
    const { commits, cipher, clock, points, requestedScopes, references, record } = this.options;
    const { claim } = run;
    const { flow, actor } = claim.attempt;
    for (let saves = 1; ; saves += 1) {
      const judged = await this.#judgeStoredTokens(run, climbed);
      try {
        return await points('account.save', () =>
          commits.run(async (transaction) => {
            const now = clock.now();
            const connection = { climbed, flow, actor, requestedScopes, judged, now, record };
            const saved = await saveConnection(transaction, cipher, connection, references);
            await claim.markSaved(transaction, saved.accountId, saved.steps, now);
            return saved;
          }),
        );
      } catch (error) {
        if (!(error instanceof StoredTokenChangedError) || saves === MAXIMUM_SAVES) throw error;
      }
    }
  }

  /**
   * Stored tokens that are worth more are asked for a profile, outside the transaction that follows, until one
   * is found that is to be kept.
   */
  async #judgeStoredTokens(run: Run, climbed: Climbed): Promise<JudgedToken[]> {
    const { em, cipher, clock, points } = this.options;
    const better = await points('account.find_stored', () =>
      findBetterTokens(em(), cipher, climbed, clock.now()),
    );
    const judged: JudgedToken[] = [];
    for (const { accountId, tokenVersion, ...token } of better) {
      const verdict = await probeToken(run.meta, token);
      judged.push({ accountId, tokenVersion, verdict });
      if (verdict !== 'refused') break;
    }
    return judged;
  }
}
