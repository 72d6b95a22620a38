import { DAY, HOUR } from '../time.js';

/**
 * One hour for Instagram's; Facebook's is said to be one to two hours.
 *
 * @see Meta: "Access Token", Instagram Platform reference
 */
export const SHORT_TOKEN_LIFETIME_MS = HOUR;

/** @see Meta: "Get Long-Lived Tokens" */
export const LONG_TOKEN_LIFETIME_MS = 60 * DAY;

/** What Meta's samples say for a token of 60 days, a little under it. */
export const LONG_TOKEN_EXPIRES_IN_SECONDS = 5_183_944;

/** @see Meta: "Refresh Access Token", requirements */
export const REFRESH_FLOOR_MS = DAY;

/** @see Meta: "Access Token Debugging", data access expiration */
export const DATA_ACCESS_LIFETIME_MS = 90 * DAY;
