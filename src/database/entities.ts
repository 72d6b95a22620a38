import { AccountEvent } from '../accounts/account-event.entity.js';
import { InstagramAccount } from '../accounts/instagram-account.entity.js';
import { AuthAttempt } from '../oauth/auth-attempt.entity.js';

/** Everything that is stored. */
export const entities = [InstagramAccount, AccountEvent, AuthAttempt];
