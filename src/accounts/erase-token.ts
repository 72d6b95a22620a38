import type { InstagramAccount } from './instagram-account.entity.js';
import { endedSchedule } from './scheduled-token.js';

/** Ends a connection: the token is gone, nothing is planned for it, and whatever is under way writes nothing. */
export function eraseToken(account: InstagramAccount, now: Date): void {
  Object.assign(account, endedSchedule);
  account.accessToken = null;
  account.tokenEnd = 'DISCONNECTED';
  account.tokenProblem = null;
  account.refreshFailures = 0;
  account.unknownSince = null;
  account.tokenVersion += 1;
  account.updatedAt = now;
}
