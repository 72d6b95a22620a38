import { AccountEvent } from '../accounts/account-event.entity.js';
import { InstagramAccount } from '../accounts/instagram-account.entity.js';
import { Notice } from '../notices/notice.entity.js';
import { AuthAttempt } from '../oauth/auth-attempt.entity.js';
import { MetaLimit } from '../tokens/meta-limit.entity.js';
import { RenewalBreaker } from '../tokens/renewal-breaker.entity.js';

/** Everything that is stored. */
export const entities = [InstagramAccount, AccountEvent, AuthAttempt, MetaLimit, RenewalBreaker, Notice];
