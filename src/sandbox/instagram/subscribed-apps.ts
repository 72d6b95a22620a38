import { ok, type Answer } from '../answer.js';
import type { Call } from '../call.js';
import { Refusal } from '../graph-error.js';
import * as errors from '../graph-errors.js';
import type { Platform } from '../platform.js';
import { requireInstagramToken } from '../token-checks.js';

/**
 * Ends the webhook subscription, by the account's number. Nothing is remembered: it may be ended twice.
 *
 * @see Meta: "Webhooks", Instagram Platform
 */
export function unsubscribeAccount(platform: Platform, call: Call): Answer {
  const { person } = requireInstagramToken(platform, call).grant;
  const id = call.segments[0] ?? '';
  if (id !== person.account.id) throw new Refusal(errors.missingObject(id, call.method));
  return ok({ success: true });
}
