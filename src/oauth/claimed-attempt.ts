import type { EntityManager } from '@mikro-orm/core';
import type { AppError } from '../errors.js';
import { Secret } from '../secret.js';
import { HOUR, SECOND, plus } from '../time.js';
import type { Cipher, SealedPlace } from '../tokens/cipher.js';
import type { StepReport } from '../tokens/ladder/step-report.js';
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

/**
 * An attempt that this process holds by a lease. The fence is the proof, checked by every write: a runner that
 * lost its lease changes nothing.
 */
export class ClaimedAttempt {
  constructor(
    /** As it stood when it was claimed. */
    readonly attempt: AuthAttempt,
    private readonly fence: number,
    /** A fresh EntityManager for each use. */
    private readonly em: () => EntityManager,
    private readonly cipher: Cipher,
  ) {}

  async readCode(): Promise<Secret> {
    const { id } = this.attempt;
    const { sealedCode } = await this.em().findOneOrFail(AuthAttempt, { id }, { fields: ['sealedCode'] });
    if (sealedCode == null) throw new LeaseLostError('The attempt has no code any more.');
    return this.cipher.open(sealedCode, attemptPlace(id, 'sealed_code'));
  }

  async readFirstToken(): Promise<StoredFirstToken> {
    const { id } = this.attempt;
    const { sealedToken } = await this.em().findOneOrFail(AuthAttempt, { id }, { fields: ['sealedToken'] });
    if (sealedToken == null) throw new LeaseLostError('The attempt has no token any more.');
    const opened = this.cipher.open(sealedToken, attemptPlace(id, 'sealed_token'));
    return JSON.parse(opened.reveal()) as StoredFirstToken;
  }

  async renewLease(now: Date): Promise<void> {
    await this.write({ leaseUntil: plus(now, LEASE_MS) });
  }

  /** Says that the code is about to be sent, and how often it was sent before without our learning the result. */
  async markExchanging(unknownSends: number, now: Date): Promise<void> {
    await this.write({ status: 'exchanging', unknownSends, retryAt: null, updatedAt: now });
  }

  /** Stores the first token. The first thing that happens after Meta's answer. */
  async markExchanged(token: StoredFirstToken, steps: readonly StepReport[], now: Date): Promise<void> {
    const secret = new Secret(JSON.stringify(token));
    await this.write({
      status: 'exchanged',
      sealedToken: this.cipher.seal(secret, attemptPlace(this.attempt.id, 'sealed_token')),
      sealedCode: null,
      steps: [...steps],
      error: null,
      openUntil: plus(new Date(token.receivedAt), ATTEMPT_LIFE_MS),
      updatedAt: now,
    });
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
    await this.write(
      { ...ended(now), status: 'saved', account: accountId, error: null, steps: [...steps] },
      em,
    );
  }

  /**
   * Lets go of the attempt without having ended it, so that another process need not wait for the lease. Only
   * while no call is on its way: a code that was marked as such has not been sent after all.
   */
  async release(): Promise<void> {
    const { fence } = this;
    const { id, status, unknownSends } = this.attempt;
    await this.em().nativeUpdate(AuthAttempt, { id, fence, status: 'exchanging' }, { status, unknownSends });
    await this.letGo();
  }

  /** Ends the lease, wherever the attempt stands; changes nothing when the lease is another's by now. */
  async letGo(): Promise<void> {
    const { id } = this.attempt;
    await this.em().nativeUpdate(
      AuthAttempt,
      { id, fence: this.fence },
      { leaseUntil: null, leaseOwner: null },
    );
  }

  private async write(
    data: Parameters<typeof EntityManager.prototype.nativeUpdate<AuthAttempt>>[2],
    em: EntityManager = this.em(),
  ): Promise<void> {
    const held = { id: this.attempt.id, fence: this.fence, status: { $in: [...openStatuses] } };
    const written = await em.nativeUpdate(AuthAttempt, held, data);
    if (written !== 1) throw new LeaseLostError('The attempt was claimed by another runner.');
  }
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
