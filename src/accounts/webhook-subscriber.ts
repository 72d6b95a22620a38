import type { EntityManager } from '@mikro-orm/core';
import type { AppError } from '../errors.js';
import type { DueRow, Job } from '../jobs/job.js';
import type { Logger } from '../logger.js';
import { longestLimit, metaApps, type MetaApp } from '../meta/limits.js';
import { MetaError } from '../meta/meta-error.js';
import type { Meta } from '../meta/meta.js';
import { subscribeAccount, subscribePage } from '../meta/subscribe-webhooks.js';
import type { Secret } from '../secret.js';
import { DAY, MINUTE, SECOND, plus, type Clock } from '../time.js';
import type { Breaker } from '../tokens/breaker.js';
import { SealBrokenError, type Cipher } from '../tokens/cipher.js';
import { backoffMs } from '../tokens/failure-policy.js';
import type { LimitStore } from '../tokens/limit-store.js';
import { rateLimitedCalls } from '../tokens/rate-limited-calls.js';
import { kindsOf } from '../tokens/token-app.js';
import { toTokenProblem } from '../tokens/token-problem.js';
import { accountScopes } from './account-limits.js';
import { claimDueSubscriptions, findDueSubscriptions } from './claim-subscriptions.js';
import { InstagramAccount } from './instagram-account.entity.js';
import { openAccountToken } from './sealed-token.js';

const LOOK_EVERY_MS = 5 * SECOND;
/** How many accounts are subscribed at the same time. */
const BATCH_SIZE = 10;
/** Outlives a call to Meta: whoever died with it leaves the account due again. */
const LEASE_MS = MINUTE;

export interface WebhookSubscriberOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
  readonly em: () => EntityManager;
  readonly cipher: Cipher;
  readonly meta: Meta;
  readonly limits: LimitStore;
  readonly breaker: Breaker;
}

/**
 * Subscribes the app to the webhooks of accounts that were connected, beside the connection and never at its
 * cost, and makes each subscription again every day: Meta ends those of a receiver that was away, without a word.
 *
 * It is made again rather than asked after: that is the same one call, mends what it finds, and its answer is
 * documented. Two processes may subscribe the same account at once; nothing comes of it.
 */
export class WebhookSubscriber implements Job {
  readonly name = 'subscriptions';
  readonly everyMs = LOOK_EVERY_MS;
  readonly failure = 'a round of subscriptions failed';
  readonly batchSize = BATCH_SIZE;
  readonly lanes = 1;

  constructor(private readonly options: WebhookSubscriberOptions) {}

  /** Every subscription that is due now and that Meta's limits leave room for. */
  async round(): Promise<void> {
    await Promise.all(
      metaApps.map(async (app) => {
        while (await this.#subscribeSome(app));
      }),
    );
  }

  async findDue(limit: number): Promise<DueRow[]> {
    const { em, clock } = this.options;
    const now = clock.now();
    const rows = await Promise.all(
      metaApps.map(async (app) =>
        (await this.#isPaused(app)) ? [] : findDueSubscriptions(em(), { now, kinds: kindsOf(app), limit }),
      ),
    );
    return rows.flat();
  }

  async run(ids: readonly string[]): Promise<void> {
    await Promise.all(metaApps.map((app) => this.#subscribeSome(app, ids)));
  }

  /** Subscribes as many as go side by side, of those named if any are; gives whether to go on. */
  async #subscribeSome(app: MetaApp, ids?: readonly string[]): Promise<boolean> {
    const { em, clock, stopping } = this.options;
    if (stopping.aborted || (await this.#isPaused(app))) return false;
    const now = clock.now();
    const query = { now, kinds: kindsOf(app), limit: BATCH_SIZE, ids };
    const claimed = await claimDueSubscriptions(em(), query, plus(now, LEASE_MS));
    await Promise.all(claimed.map((accountId) => this.#subscribe(accountId)));
    return claimed.length > 0;
  }

  /** What fails for everybody would fail here, too. */
  async #isPaused(app: MetaApp): Promise<boolean> {
    const { breaker, limits, clock } = this.options;
    if ((await breaker.state(app)).state !== 'CLOSED') return true;
    return limits.isLimited(app, clock.now());
  }

  async #subscribe(accountId: string): Promise<void> {
    const { em, cipher, clock, limits, logger } = this.options;
    const account = await em().findOne(
      InstagramAccount,
      { accountId, tokenEnd: null },
      { populate: ['accessToken'] },
    );
    if (account === null) return;
    const limit = longestLimit(await limits.find(accountScopes(account), clock.now()));
    if (limit !== null) return this.#write(account, { subscriptionCheckAt: limit.until });
    try {
      const token = openAccountToken(cipher, accountId, account.accessToken);
      if (!(await this.#send(account, token))) {
        return await this.#write(account, { subscribedAt: null, subscriptionCheckAt: null });
      }
    } catch (error) {
      if (error instanceof MetaError) return this.#noteFailure(account, error.toAppError('subscription'));
      if (!(error instanceof SealBrokenError)) throw error;
      logger.error({ err: error, accountId }, 'an account could not be subscribed');
      return this.#write(account, { subscriptionCheckAt: plus(clock.now(), DAY) });
    }
    const now = clock.now();
    await this.#write(account, {
      subscribedAt: account.subscribedAt ?? now,
      // Accounts that were connected together need not come back together.
      subscriptionCheckAt: plus(now, Math.round(DAY * (0.9 + 0.1 * Math.random()))),
      subscriptionFailures: 0,
      subscriptionProblem: null,
    });
    if (account.subscribedAt == null) logger.info({ accountId }, 'subscribed to webhooks');
  }

  /** False when nobody knows the id that Meta needs. */
  async #send(account: InstagramAccount, token: Secret): Promise<boolean> {
    const { accountId, pageId, professionalAccountId } = account;
    const { limits, clock } = this.options;
    const meta = rateLimitedCalls(this.options.meta, { accountId, limits, clock });
    if (pageId != null) await subscribePage(meta, pageId, token);
    else if (professionalAccountId != null) await subscribeAccount(meta, professionalAccountId, token);
    else return false;
    return true;
  }

  async #noteFailure(account: InstagramAccount, error: AppError): Promise<void> {
    const { clock, logger } = this.options;
    const { accountId } = account;
    const now = clock.now();
    const failures = account.subscriptionFailures + 1;
    const retryAt = plus(now, pauseMs(error, failures));
    const { meta } = error.details;
    // Only that Meta could not be asked says nothing of what stands there.
    const isUnsaid = error.code === 'META_UNAVAILABLE' || error.code === 'META_RATE_LIMITED';
    await this.#write(account, {
      ...(isUnsaid ? {} : { subscribedAt: null }),
      subscriptionCheckAt: retryAt,
      subscriptionFailures: failures,
      subscriptionProblem: toTokenProblem(error, now),
    });
    logger.warn({ accountId, errorCode: error.code, meta, retryAt }, 'an account could not be subscribed');
  }

  /** Whoever has reconnected meanwhile, or was disconnected, knows better: then nothing is written. */
  async #write(
    { accountId, tokenVersion }: InstagramAccount,
    changes: Partial<
      Pick<
        InstagramAccount,
        'subscribedAt' | 'subscriptionCheckAt' | 'subscriptionFailures' | 'subscriptionProblem'
      >
    >,
  ): Promise<void> {
    await this.options
      .em()
      .nativeUpdate(InstagramAccount, { accountId, tokenVersion, tokenEnd: null }, changes);
  }
}

/** As for renewals: Meta's own time for a limit, a day for what a person has to mend, minutes to hours for the rest. */
function pauseMs(error: AppError, failures: number): number {
  const backoff = backoffMs(failures, Math.random());
  switch (error.code) {
    case 'META_RATE_LIMITED':
      return Math.max((error.details.retryAfterSeconds ?? 0) * SECOND, backoff);
    case 'REAUTHORIZATION_REQUIRED':
    case 'MISSING_PERMISSION':
    case 'APP_NOT_APPROVED':
      return DAY;
    default:
      return backoff;
  }
}
