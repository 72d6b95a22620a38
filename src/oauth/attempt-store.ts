import type { EntityManager, FilterQuery } from '@mikro-orm/core';
import type { AccountReferences, NamedAccount } from '../accounts/account-references.js';
import type { DueRow } from '../jobs/job.js';
import type { LoginFlow } from '../login-flow.js';
import type { Secret } from '../secret.js';
import type { GroupCommit } from '../sql/group-commit.js';
import { storedTime } from '../sql/stored-time.js';
import { plus } from '../time.js';
import type { Cipher, SealedPlace } from '../tokens/cipher.js';
import { findIdByCodeHash, insertAttempt } from './attempt-statements.js';
import { AuthAttempt, openStatuses } from './auth-attempt.entity.js';
import {
  ATTEMPT_LIFE_MS,
  attemptPlace,
  ClaimedAttempt,
  LEASE_MS,
  type AttemptFacts,
} from './claimed-attempt.js';

export interface NewAttempt {
  readonly id: string;
  readonly code: Secret;
  readonly codeHash: string;
  readonly stateNonce: string | null;
  readonly bindingHash: string;
  readonly flow: LoginFlow;
  readonly redirectUri: string;
  readonly actor: string;
  readonly professionalAccountId: string | null;
}

/** The attempts' table. What happens to an attempt that was claimed is written by the claim itself. */
export class AttemptStore implements Omit<AccountReferences, 'adopt'> {
  /** For queries that go around the entities: none of them is ever in it. */
  readonly #reader: EntityManager;

  constructor(
    /** A fresh EntityManager for each use. */
    private readonly em: () => EntityManager,
    private readonly cipher: Cipher,
    /** Names this process in the leases. */
    private readonly owner: string,
    private readonly commits: GroupCommit,
  ) {
    this.#reader = em();
  }

  async findByCodeHash(codeHash: string): Promise<AuthAttempt | null> {
    // Of most codes there is none yet.
    const [known] = await findIdByCodeHash(this.#reader, { code_hash: codeHash });
    return known === undefined ? null : this.em().findOne(AuthAttempt, { id: known.id });
  }

  get(id: string): Promise<AuthAttempt> {
    return this.em().findOneOrFail(AuthAttempt, { id });
  }

  /**
   * Writes a new attempt down, already claimed by this process.
   *
   * @returns the claim, or what of it another attempt has taken before
   */
  async insert(input: NewAttempt, now: Date): Promise<ClaimedAttempt | 'code_taken' | 'state_taken'> {
    const { id, code, codeHash, flow, redirectUri, actor, professionalAccountId } = input;
    const openUntil = plus(now, ATTEMPT_LIFE_MS);
    const sealedCode = this.cipher.seal(code, attemptPlace(id, 'sealed_code'));
    const inserted = await this.commits.write((em) =>
      insertAttempt(em, {
        id,
        code_hash: codeHash,
        state_nonce: input.stateNonce,
        binding_hash: input.bindingHash,
        flow,
        redirect_uri: redirectUri,
        actor,
        professional_account_id: professionalAccountId,
        sealed_code: sealedCode,
        lease_owner: this.owner,
        lease_until: storedTime(em, plus(now, LEASE_MS)),
        open_until: storedTime(em, openUntil),
        created_at: storedTime(em, now),
      }),
    );
    if (inserted.length === 0) {
      return (await this.findByCodeHash(codeHash)) === null ? 'state_taken' : 'code_taken';
    }
    const attempt = {
      id,
      flow,
      redirectUri,
      actor,
      professionalAccountId,
      status: 'new' as const,
      steps: [],
      unknownSends: 0,
      postponements: 0,
      openUntil,
    };
    return this.#claimed(attempt, 1, code);
  }

  /** Takes over an open attempt that is due; null when somebody else holds it, has put it off or has ended it. */
  async claim(id: string, now: Date): Promise<ClaimedAttempt | null> {
    const em = this.em();
    const seen = await em.findOne(AuthAttempt, { id });
    if (seen === null || !isClaimable(seen, now)) return null;
    const fence = seen.fence + 1;
    const claimed = await em.nativeUpdate(
      AuthAttempt,
      { id, fence: seen.fence, ...claimable(now) },
      { fence, leaseOwner: this.owner, leaseUntil: plus(now, LEASE_MS), updatedAt: now },
    );
    // Until then its holder may have got on with it, and have the token that it was not seen to have.
    return claimed === 1 ? this.#claimed(await this.get(id), fence) : null;
  }

  #claimed(attempt: AttemptFacts, fence: number, code?: Secret): ClaimedAttempt {
    const { em, commits, cipher, owner } = this;
    return new ClaimedAttempt(attempt, fence, { em, owner, commits, cipher, ...(code && { code }) });
  }

  /** Open attempts that nobody holds and that are due. */
  async findDue(now: Date, limit: number): Promise<DueRow[]> {
    const rows = await this.em().find(AuthAttempt, claimable(now), {
      fields: ['id', 'fence', 'retryAt'],
      orderBy: { leaseUntil: 'asc' },
      limit,
    });
    return rows.map(({ id, fence, retryAt }) => ({ id, occasion: `${fence} ${retryAt?.getTime() ?? ''}` }));
  }

  async move(em: EntityManager, from: string, to: string): Promise<void> {
    await em.nativeUpdate(AuthAttempt, { account: from }, { account: to });
  }

  async forget(em: EntityManager, { accountId }: NamedAccount): Promise<void> {
    // The attempt itself stays: its code must not be sent to Meta again.
    await em.nativeUpdate(
      AuthAttempt,
      { account: accountId },
      { account: null, professionalAccountId: null, steps: [] },
    );
  }

  /** Removes attempts that ended before `before`. */
  prune(before: Date): Promise<number> {
    return this.em().nativeDelete(AuthAttempt, { endedAt: { $lt: before } });
  }

  /**
   * Seals what open attempts hold again with the first key of the ring; one that moves on meanwhile is left
   * alone, since its runner has used the first key.
   *
   * @returns how many attempts were changed
   * @throws SealBrokenError
   */
  async reseal(): Promise<number> {
    let resealed = 0;
    const open = await this.em().find(
      AuthAttempt,
      { status: { $in: [...openStatuses] } },
      { fields: ['id', 'fence', 'status', 'sealedCode', 'sealedToken'] },
    );
    for (const { id, fence, status, sealedCode, sealedToken } of open) {
      const fresh = {
        sealedCode: this.sealAgain(sealedCode, attemptPlace(id, 'sealed_code')),
        sealedToken: this.sealAgain(sealedToken, attemptPlace(id, 'sealed_token')),
      };
      resealed += await this.em().nativeUpdate(AuthAttempt, { id, fence, status }, fresh);
    }
    return resealed;
  }

  private sealAgain(sealed: string | null | undefined, where: SealedPlace): string | null {
    if (sealed == null) return null;
    return this.cipher.isCurrent(sealed) ? sealed : this.cipher.seal(this.cipher.open(sealed, where), where);
  }
}

/**
 * Whether an attempt can be taken over now: open, held by nobody, and not put off until later. One whose time
 * is over need not wait: it has failed.
 */
export function isClaimable(attempt: AuthAttempt, now: Date): boolean {
  const { leaseUntil, retryAt, openUntil } = attempt;
  return (
    isOpen(attempt) &&
    (leaseUntil == null || leaseUntil <= now) &&
    (retryAt == null || retryAt <= now || openUntil <= now)
  );
}

/** The same, for the database. */
function claimable(now: Date) {
  return {
    status: { $in: [...openStatuses] },
    $and: [
      { $or: [{ leaseUntil: null }, { leaseUntil: { $lte: now } }] },
      { $or: [{ retryAt: null }, { retryAt: { $lte: now } }, { openUntil: { $lte: now } }] },
    ],
  } satisfies FilterQuery<AuthAttempt>;
}

export function isOpen({ status }: AuthAttempt): boolean {
  return openStatuses.includes(status);
}
