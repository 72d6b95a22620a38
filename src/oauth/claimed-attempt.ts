import type { EntityManager } from '@mikro-orm/core';
import type { AppError } from '../errors.js';
import { Secret } from '../secret.js';
import type { GroupCommit } from '../sql/group-commit.js';
import { storedTime } from '../sql/stored-time.js';
import { HOUR, SECOND, plus } from '../time.js';
import type { Cipher, SealedPlace } from '../tokens/cipher.js';
import type { StepReport } from '../tokens/ladder/step-report.js';
import { takeBackExchanged, writeExchanged, writeExchanging, writeSaved } from './attempt-statements.js';
import { AuthAttempt, openStatuses } from './auth-attempt.entity.js';
import { toStoredError } from './stored-error.js';

/** Outlives a call to Meta (15 s): whoever holds it is alive, or dead when it is over. */
export const LEASE_MS = 30 * SECOND;

/** An authorization code and a first token live this long; after it an open attempt has failed. */
export const ATTEMPT_LIFE_MS = HOUR;

/** Somebody else has claimed the attempt since: nothing that this runner still knows may be written. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** The first token with what came with it, as it is sealed into the attempt. */
export interface StoredFirstToken {
  readonly value: string;
  readonly userId: string | null;
  readonly permissions: readonly string[] | null;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
}

export interface Postponement {
  readonly error: AppError;
  readonly steps: readonly StepReport[];
  readonly retryAt: Date;
  /** Where the attempt stands now, if that differs from what was written last. */
  readonly status?: Pick<AuthAttempt, 'status' | 'unknownSends'>;
}

/** What a runner needs to know of an attempt. */
export type AttemptFacts = Pick<
  AuthAttempt,
  | 'id'
  | 'flow'
  | 'redirectUri'
  | 'actor'
  | 'professionalAccountId'
  | 'status'
  | 'steps'
  | 'unknownSends'
  | 'postponements'
  | 'openUntil'
>;

/**
 * An attempt that this process holds by a lease. The fence is the proof, checked by every write: a runner that
 * lost its lease changes nothing. A first token that nobody else has is stored all the same (`markExchanged`).
 */
export class ClaimedAttempt {
  constructor(
    /** As it stood when it was claimed. */
    readonly attempt: AttemptFacts,
    private fence: number,
    private readonly options: {
      /** A fresh EntityManager for each use. */
      readonly em: () => EntityManager;
      /** Names this process in the leases. */
      readonly owner: string;
      readonly commits: GroupCommit;
      readonly cipher: Cipher;
      /** Of whoever has just written it down. */
      readonly code?: Secret;
    },
  ) {}

  async readCode(): Promise<Secret> {
    const { id } = this.attempt;
    if (this.options.code !== undefined) return this.options.code;
    const { sealedCode } = await this.options
      .em()
      .findOneOrFail(AuthAttempt, { id }, { fields: ['sealedCode'] });
    if (sealedCode == null) throw new LeaseLostError('The attempt has no code any more.');
    return this.options.cipher.open(sealedCode, attemptPlace(id, 'sealed_code'));
  }

  async readFirstToken(): Promise<StoredFirstToken> {
    const { id } = this.attempt;
    const { sealedToken } = await this.options
      .em()
      .findOneOrFail(AuthAttempt, { id }, { fields: ['sealedToken'] });
    if (sealedToken == null) throw new LeaseLostError('The attempt has no token any more.');
    const opened = this.options.cipher.open(sealedToken, attemptPlace(id, 'sealed_token'));
    return JSON.parse(opened.reveal()) as StoredFirstToken;
  }

  async renewLease(now: Date): Promise<void> {
    await this.write({ leaseUntil: plus(now, LEASE_MS) });
  }

  /** Says that the code is about to be sent, and how often it was sent before without our learning the result. */
  async markExchanging(unknownSends: number, now: Date): Promise<void> {
    await this.writeOne((em) =>
      writeExchanging(em, {
        ...this.held(),
        unknown_sends: unknownSends,
        updated_at: storedTime(em, now),
      }),
    );
  }

  /**
   * Stores the first token. The first thing that happens after Meta's answer. A lease that was lost meanwhile is
   * taken back, unless its new holder has a token, too, or has ended the attempt.
   */
  async markExchanged(token: StoredFirstToken, steps: readonly StepReport[], now: Date): Promise<void> {
    const { cipher, commits, owner } = this.options;
    const { id } = this.attempt;
    const secret = new Secret(JSON.stringify(token));
    const sealed = cipher.seal(secret, attemptPlace(id, 'sealed_token'));
    const values = (em: EntityManager) => ({
      id,
      sealed_token: sealed,
      steps: JSON.stringify(steps),
      open_until: storedTime(em, plus(new Date(token.receivedAt), ATTEMPT_LIFE_MS)),
      updated_at: storedTime(em, now),
    });
    const written = await commits.write((em) => writeExchanged(em, { ...this.held(), ...values(em) }));
    if (written.length > 0) return;
    const takenBack = await commits.write((em) =>
      takeBackExchanged(em, {
        ...values(em),
        lease_owner: owner,
        lease_until: storedTime(em, plus(now, LEASE_MS)),
      }),
    );
    requireHeld(takenBack.length);
    this.fence = takenBack[0]?.fence ?? this.fence;
  }

  /** Leaves the attempt open, to be taken up again at `retryAt` by a repeated call or a sweep. */
  async postpone({ error, steps, retryAt, status }: Postponement, now: Date): Promise<void> {
    await this.write({
      ...status,
      error: toStoredError(error, now),
      steps: [...steps],
      retryAt,
      postponements: this.attempt.postponements + 1,
      leaseUntil: null,
      leaseOwner: null,
      updatedAt: now,
    });
  }

  async markFailed(error: AppError, steps: readonly StepReport[], now: Date): Promise<void> {
    await this.write({
      ...ended(now),
      // It is tied to no account with which the id could go.
      professionalAccountId: null,
      status: 'failed',
      error: toStoredError(error, now),
      steps: [...steps],
    });
  }

  /** Part of the transaction `em` that saves the account. */
  async markSaved(
    em: EntityManager,
    accountId: string,
    steps: readonly StepReport[],
    now: Date,
  ): Promise<void> {
    const at = storedTime(em, now);
    const written = await writeSaved(em, {
      ...this.held(),
      account_id: accountId,
      steps: JSON.stringify(steps),
      ended_at: at,
      updated_at: at,
    });
    requireHeld(written.length);
  }

  /**
   * Lets go of the attempt without having ended it, so that another process need not wait for the lease. Only
   * while no call is on its way: a code that was marked as such has not been sent after all.
   */
  async release(): Promise<void> {
    const { fence } = this;
    const { id, status, unknownSends } = this.attempt;
    await this.options
      .em()
      .nativeUpdate(AuthAttempt, { id, fence, status: 'exchanging' }, { status, unknownSends });
    await this.letGo();
  }

  /** Ends the lease, wherever the attempt stands; changes nothing when the lease is another's by now. */
  async letGo(): Promise<void> {
    const { id } = this.attempt;
    await this.options
      .em()
      .nativeUpdate(AuthAttempt, { id, fence: this.fence }, { leaseUntil: null, leaseOwner: null });
  }

  private held() {
    return { id: this.attempt.id, fence: this.fence };
  }

  private async writeOne(statement: (em: EntityManager) => Promise<readonly unknown[]>): Promise<void> {
    const written = await this.options.commits.write(statement);
    requireHeld(written.length);
  }

  /** What few attempts come to. */
  private async write(
    data: Parameters<typeof EntityManager.prototype.nativeUpdate<AuthAttempt>>[2],
  ): Promise<void> {
    const held = { ...this.held(), status: { $in: [...openStatuses] } };
    requireHeld(await this.options.em().nativeUpdate(AuthAttempt, held, data));
  }
}

/** @throws LeaseLostError when nothing was written */
function requireHeld(written: number): void {
  if (written !== 1) throw new LeaseLostError('The attempt was claimed by another runner.');
}

function ended(now: Date) {
  return {
    sealedCode: null,
    sealedToken: null,
    leaseOwner: null,
    leaseUntil: null,
    retryAt: null,
    endedAt: now,
    updatedAt: now,
  };
}

/** Where an attempt's sealed value stands: it opens nowhere else. */
export function attemptPlace(rowId: string, column: 'sealed_code' | 'sealed_token'): SealedPlace {
  return { table: 'auth_attempt', column, rowId };
}
