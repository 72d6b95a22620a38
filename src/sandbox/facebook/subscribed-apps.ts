import type { Answer } from '../answer.js';
import type { Call } from '../call.js';
import { Refusal } from '../graph-error.js';
import * as errors from '../graph-errors.js';
import type { Platform } from '../platform.js';
import { listSubscriptions, subscribe, unsubscribe, type SubscribedApps } from '../subscribed-apps.js';
import { requireFacebookToken, requireScope } from '../token-checks.js';
import type { Token } from '../tokens.js';

/** @see Meta: "Webhooks for Pages", fields (those that matter here) */
const fields = new Set(['feed', 'mention', 'messages', 'messaging_postbacks', 'message_reactions']);

const SCOPE = 'pages_manage_metadata';

/**
 * Subscribes the app to a page, with the page's own token.
 *
 * @see Meta: "Page Subscribed Apps", Graph API reference
 */
export function subscribeToPage(platform: Platform, call: Call): Answer {
  const token = requirePageToken(platform, call);
  // In the documented world nobody has said what may be subscribed to without it.
  if (token.grant.person.world === 'facebook') requireScope(token, SCOPE, errors.permissionMissing(SCOPE));
  return subscribe(platform, call, edgeOf(token, call));
}

export function unsubscribePage(platform: Platform, call: Call): Answer {
  return unsubscribe(platform, edgeOf(requirePageToken(platform, call), call));
}

export function listPageSubscriptions(platform: Platform, call: Call): Answer {
  return listSubscriptions(platform, edgeOf(requirePageToken(platform, call), call));
}

function edgeOf(token: Token, call: Call): SubscribedApps {
  return { world: token.grant.person.world, id: call.segments[0] ?? '', fields };
}

function requirePageToken(platform: Platform, call: Call): Token {
  const token = requireFacebookToken(platform, call);
  const id = call.segments[0] ?? '';
  if (token.kind !== 'page' || token.pageId !== id) {
    throw new Refusal(errors.missingObject(id, call.method));
  }
  return token;
}
