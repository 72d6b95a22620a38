import type { Answer } from '../answer.js';
import type { Call } from '../call.js';
import { Refusal } from '../graph-error.js';
import * as errors from '../graph-errors.js';
import type { Platform } from '../platform.js';
import { listSubscriptions, subscribe, unsubscribe, type SubscribedApps } from '../subscribed-apps.js';
import { requireInstagramToken } from '../token-checks.js';

/** @see Meta: "Webhooks", Instagram Platform, fields */
const fields = new Set([
  'comments',
  'live_comments',
  'mentions',
  'messages',
  'message_reactions',
  'messaging_postbacks',
  'messaging_seen',
  'story_insights',
]);

/**
 * Subscribes the app to an account, by its number.
 *
 * @see Meta: "Webhooks", Instagram Platform
 */
export function subscribeToAccount(platform: Platform, call: Call): Answer {
  return subscribe(platform, call, edgeOf(platform, call));
}

export function unsubscribeAccount(platform: Platform, call: Call): Answer {
  return unsubscribe(platform, edgeOf(platform, call));
}

export function listAccountSubscriptions(platform: Platform, call: Call): Answer {
  return listSubscriptions(platform, edgeOf(platform, call));
}

function edgeOf(platform: Platform, call: Call): SubscribedApps {
  const { person } = requireInstagramToken(platform, call).grant;
  const id = call.segments[0] ?? '';
  if (id !== person.account.id) throw new Refusal(errors.missingObject(id, call.method));
  return { world: person.world, id, fields };
}
