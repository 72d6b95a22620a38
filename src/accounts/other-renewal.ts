import type { EntityManager } from '@mikro-orm/core';
import { AppError, type ErrorCode } from '../errors.js';
import { SECOND, type Clock } from '../time.js';
import type { TokenProblem } from '../tokens/token-problem.js';
import { InstagramAccount } from './instagram-account.entity.js';
import { noSuchAccount } from './no-such-account.js';
import { requireLiving } from './require-living.js';

/** How often a caller looks whether another process has ended its renewal. */
const LOOK_EVERY_MS = SECOND / 4;

export interface OtherRenewalOptions {
  /** A fresh EntityManager for each use. */
  readonly em: () => EntityManager;
  readonly clock: Clock;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
}

/**
 * Waits for the process that renews the account's token now.
 *
 * @returns whether it has made a renewal; if not, it died or gave up, and the account can be claimed again
 * @throws AppError NOT_FOUND, REAUTHORIZATION_REQUIRED, RATE_LIMITED (it still takes its time at `deadline`), or
 *   what Meta said to it
 */
export async function awaitOtherRenewal(
  { em, clock, stopping }: OtherRenewalOptions,
  accountId: string,
  deadline: Date,
): Promise<boolean> {
  let lastSeen: number | undefined;
  for (;;) {
    const account = await em().findOne(InstagramAccount, { accountId });
    const now = clock.now();
    if (account === null) throw noSuchAccount();
    const lastTried = account.lastTriedAt?.getTime() ?? 0;
    const wasTried = lastTried !== (lastSeen ??= lastTried);
    if (wasTried && account.refreshFailures > 0 && account.tokenProblem != null) {
      throw toError(account.tokenProblem);
    }
    if (wasTried) return true;
    requireLiving(account, now);
    if (account.leaseUntil == null || account.leaseUntil <= now) return false;
    if (now >= deadline || stopping.aborted) {
      throw new AppError('RATE_LIMITED', 'Another process is renewing this token.', { retryAfterSeconds: 1 });
    }
    await clock.sleep(LOOK_EVERY_MS, stopping);
  }
}

function toError({ code, message, userAction, metaCode, metaSubcode, fbtraceId }: TokenProblem): AppError {
  return new AppError(code as ErrorCode, message, {
    step: 'renewal',
    meta: { code: metaCode, subcode: metaSubcode, type: null, fbtraceId },
    ...(userAction === null ? {} : { userAction }),
  });
}
