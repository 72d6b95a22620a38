import { ok, type Answer } from '../answer.js';
import type { Call } from '../call.js';
import { Refusal } from '../graph-error.js';
import * as errors from '../graph-errors.js';
import type { Platform } from '../platform.js';
import { requireFacebookToken } from '../token-checks.js';

/**
 * Ends a page's webhook subscription, with the page's own token. Nothing is remembered: it may be ended twice.
 *
 * @see Meta: "Page Subscribed Apps", Graph API reference
 */
export function unsubscribePage(platform: Platform, call: Call): Answer {
  const token = requireFacebookToken(platform, call);
  const id = call.segments[0] ?? '';
  if (token.kind !== 'page' || token.pageId !== id) {
    throw new Refusal(errors.missingObject(id, call.method));
  }
  return ok({ success: true });
}
