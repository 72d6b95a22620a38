import { AppError } from '../errors.js';
import type { Logger } from '../logger.js';
import { withoutClosedHosts } from '../meta/closed-hosts.js';
import { appScopes, blockingAll, type Limit, type LimitScope } from '../meta/limits.js';
import type { Meta } from '../meta/meta.js';
import { Secret } from '../secret.js';
import { isDatabaseAway } from '../sql/database-away.js';
import { retryWhileAway } from '../sql/retry-while-away.js';
import { MINUTE, plus, secondsUntil } from '../time.js';
import { climb, LadderError } from '../tokens/ladder/climb.js';
import type { Climbed } from '../tokens/ladder/ladder-start.js';
import type { StepReport } from '../tokens/ladder/step-report.js';
import { shortLivedExpiry } from '../tokens/ladder/token-expiry.js';
import { CallsEndedError } from '../tokens/leased-calls.js';
import {
  LEASE_MS,
  LeaseLostError,
  type ClaimedAttempt,
  type Postponement,
  type StoredFirstToken,
} from './claimed-attempt.js';
import { fateUnknown, OUTLIVED, tooOld } from './attempt-errors.js';
import { closedDoorError, findClosedDoor } from './closed-doors.js';
import { ConnectionSaver, type ConnectionSaverOptions, type Run } from './connection-saver.js';
import { leasedMeta, pausingClock } from './leased-meta.js';
import { retryTime } from './retry-time.js';
import { sendCode } from './send-code.js';

/** How long a first token waits for a database that is away: longer than one takes that fails over. */
const HOLD_TOKEN_MS = 5 * MINUTE;

export interface AttemptRunnerOptions extends ConnectionSaverOptions {
  readonly meta: Meta;
  /** What Meta is not to be asked at `now`. */
  readonly findLimits: (scopes: readonly LimitScope[], now: Date) => Promise<readonly Limit[]>;
  readonly logger: Logger;
  /** Aborted when the server stops: no further call to Meta is begun. */
  readonly stopping: AbortSignal;
}

/**
 * How a run ended:
 * - `saved`, `failed`: the attempt has ended
 * - `postponed`: it stays open, to be taken up again later
 * - `lost`: another process has it now, or will have it
 */
export type RunEnd =
  | { readonly status: 'saved'; readonly accountId: string }
  | { readonly status: 'failed' | 'postponed'; readonly error: AppError }
  | { readonly status: 'lost' };

/** Takes claimed attempts to their end, from wherever they stand. */
export class AttemptRunner {
  readonly #saver: ConnectionSaver;
  readonly #lettingGo = new Set<Promise<void>>();
  /** Attempts whose first token is in the memory of this process and nowhere else. */
  readonly #holding = new Set<string>();

  constructor(private readonly options: AttemptRunnerOptions) {
    this.#saver = new ConnectionSaver(options);
  }

  /**
   * (Meta has closed its doors: put off) → mark exchanging → code exchange (required) → store the first token
   * → ladder → (a better token is stored: ask Meta whether it still answers) → save the account
   *
   * An attempt that has its first token begins at the ladder. Every write is fenced: a run that has lost its
   * lease changes nothing, unless it has the first token and nobody else does.
   *
   * @param waitedFor whether a person waits: they may use what Meta's limits leave for them, a sweep may not
   */
  async run(claim: ClaimedAttempt, waitedFor: boolean): Promise<RunEnd> {
    const { clock, points, stopping, meta, findLimits } = this.options;
    try {
      const limits = await points('attempt.limits', () => findLimits(appScopes, clock.now()));
      const closed = blockingAll(limits);
      const run: Run = {
        claim,
        meta: withoutClosedHosts(leasedMeta(meta, claim, { clock, points, stopping }), closed, clock),
        clock: pausingClock(clock, points),
      };
      if (clock.now() >= claim.attempt.openUntil) return await this.#fail(run, tooOld(), claim.attempt.steps);
      const door = findClosedDoor(limits, claim.attempt.flow, waitedFor);
      if (door !== null) {
        return await this.#postpone(run, closedDoorError(door), claim.attempt.steps, undefined, door.until);
      }
      const exchanged =
        claim.attempt.status === 'exchanged'
          ? {
              token: await points('attempt.read_token', () => claim.readFirstToken()),
              steps: claim.attempt.steps,
            }
          : await this.#exchange(run);
      if ('status' in exchanged) return exchanged;
      return await this.#climbAndSave(run, exchanged.token, exchanged.steps);
    } catch (error) {
      if (error instanceof LeaseLostError) return { status: 'lost' };
      if (isDatabaseAway(error)) this.#letGoWhenBack(claim);
      if (!(error instanceof CallsEndedError)) throw error;
      await points('attempt.release', () => claim.release());
      return { status: 'lost' };
    }
  }

  /** Whether a run of this process is about to store the attempt's first token, be its lease over or not. */
  holdsToken(attemptId: string): boolean {
    return this.#holding.has(attemptId);
  }

  /** Resolves when nothing is left to be written. */
  settled(): Promise<unknown> {
    return Promise.all(this.#lettingGo);
  }

  /** Nobody has to wait for the lease of a run that the database broke off, once the database is back. */
  #letGoWhenBack(claim: ClaimedAttempt): void {
    const { clock, points, stopping, logger } = this.options;
    const done = points('attempt.release', () =>
      retryWhileAway(clock, LEASE_MS, () => claim.letGo(), stopping),
    )
      .catch((err: unknown) => logger.warn({ err, attemptId: claim.attempt.id }, 'a lease has to run out'))
      .finally(() => this.#lettingGo.delete(done));
    this.#lettingGo.add(done);
  }

  async #exchange(run: Run): Promise<{ token: StoredFirstToken; steps: StepReport[] } | RunEnd> {
    const { points, clock } = this.options;
    const { attempt } = run.claim;
    // It was on its way when its runner went away: Meta may have spent it. It is sent once more, since nothing
    // can be lost by it; what is unknown then stays unknown.
    const isResend = attempt.status === 'exchanging';
    if (isResend && attempt.unknownSends > 0) return this.#fail(run, fateUnknown(), attempt.steps);
    const code = await points('attempt.read_code', () => run.claim.readCode());
    await points('attempt.exchanging', () =>
      run.claim.markExchanging(attempt.unknownSends + (isResend ? 1 : 0), clock.now()),
    );
    const sent = await sendCode(run.meta, run.clock, attempt.flow, {
      code,
      redirectUri: attempt.redirectUri,
    });
    if (sent.outcome === 'exchanged') {
      const token: StoredFirstToken = {
        value: sent.token.value.reveal(),
        userId: sent.token.userId,
        permissions: sent.token.permissions,
        receivedAt: sent.token.receivedAt.toISOString(),
      };
      // The code is spent, and nobody but this process has what it became.
      this.#holding.add(attempt.id);
      try {
        await points('attempt.exchanged', () =>
          retryWhileAway(clock, HOLD_TOKEN_MS, () => run.claim.markExchanged(token, sent.steps, clock.now())),
        );
      } finally {
        this.#holding.delete(attempt.id);
      }
      return { token, steps: sent.steps };
    }
    const error = sent.error.toAppError('code_exchange');
    if (sent.outcome === 'unspent') {
      const { status, unknownSends } = attempt;
      return this.#postpone(run, error, sent.steps, { status, unknownSends });
    }
    if (sent.outcome === 'refused') {
      // "Used" after a send whose answer was lost: by us, so the code is fine and its token is gone.
      const spentByUs = isResend && error.code === 'CODE_INVALID';
      return this.#fail(run, spentByUs ? fateUnknown(error) : error, sent.steps);
    }
    if (isResend) return this.#fail(run, fateUnknown(error), sent.steps);
    return this.#postpone(run, error, sent.steps, undefined, plus(clock.now(), LEASE_MS));
  }

  async #climbAndSave(run: Run, token: StoredFirstToken, steps: readonly StepReport[]): Promise<RunEnd> {
    const { attempt } = run.claim;
    const receivedAt = new Date(token.receivedAt);
    let climbed: Climbed;
    try {
      climbed = await climb(
        {
          flow: attempt.flow,
          token: new Secret(token.value),
          issuedAt: receivedAt,
          expiresAt: shortLivedExpiry(receivedAt),
          grantedScopes: token.permissions,
          professionalAccountId: attempt.professionalAccountId ?? null,
          mustProveAccount: true,
          steps,
        },
        { meta: run.meta, clock: run.clock, requestedScopes: this.options.requestedScopes },
      );
    } catch (error) {
      if (!(error instanceof LadderError)) throw error;
      return error.error.retryable
        ? this.#postpone(run, error.error, error.steps)
        : this.#fail(run, error.error, error.steps);
    }
    this.#noteStrangeUserId(climbed, token.userId, attempt.id);
    const { accountId, steps: taken } = await this.#saver.save(run, climbed);
    this.options.logger.info(
      {
        attemptId: attempt.id,
        accountId,
        flow: attempt.flow,
        tokenKind: climbed.token.kind,
        steps: brief(taken),
      },
      'connection saved',
    );
    return { status: 'saved', accountId };
  }

  async #postpone(
    { claim }: Run,
    cause: AppError,
    steps: readonly StepReport[],
    status?: Postponement['status'],
    at?: Date,
  ): Promise<RunEnd> {
    const { clock, points, logger } = this.options;
    const now = clock.now();
    const retryAt = at ?? retryTime(cause, claim.attempt.postponements, now);
    const error = new AppError(cause.code, cause.message, {
      ...cause.details,
      retryable: true,
      steps,
      retryAfterSeconds: secondsUntil(retryAt, now),
      ...(retryAt >= claim.attempt.openUntil ? { userAction: OUTLIVED } : {}),
    });
    await points('attempt.postpone', () =>
      claim.postpone({ error, steps, retryAt, ...(status === undefined ? {} : { status }) }, now),
    );
    logger.warn(
      { attemptId: claim.attempt.id, errorCode: error.code, steps: brief(steps), retryAt },
      'connection put off',
    );
    return { status: 'postponed', error };
  }

  async #fail({ claim }: Run, cause: AppError, steps: readonly StepReport[]): Promise<RunEnd> {
    const { clock, points, logger } = this.options;
    const error = new AppError(cause.code, cause.message, { ...cause.details, retryable: false, steps });
    await points('attempt.fail', () => claim.markFailed(error, steps, clock.now()));
    logger.warn(
      { attemptId: claim.attempt.id, errorCode: error.code, steps: brief(steps) },
      'connection failed',
    );
    return { status: 'failed', error };
  }

  /** The exchange's `user_id` is never a key; that it is neither of the profile's ids is worth a line. */
  #noteStrangeUserId({ profile }: Climbed, userId: string | null, attemptId: string): void {
    if (userId === null || profile.appScopedId === null) return;
    if (userId === profile.appScopedId || userId === profile.professionalAccountId) return;
    this.options.logger.warn({ attemptId }, "the token's user_id is neither of the profile's ids");
  }
}

function brief(steps: readonly StepReport[]): string {
  return steps.map(({ step, outcome, durationMs }) => `${step} ${outcome} ${durationMs} ms`).join(', ');
}
