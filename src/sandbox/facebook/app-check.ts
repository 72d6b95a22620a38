import type { Call } from '../call.js';
import { Refusal } from '../graph-error.js';
import * as errors from '../graph-errors.js';
import type { Platform } from '../platform.js';
import { findWorld, type World } from '../worlds.js';

/**
 * The app that `client_id` and `client_secret` name. An Instagram App ID is no app to graph.facebook.com, and
 * that comes before everything else: whether the secret is right cannot be told from the answer.
 *
 * @see Meta: "Get Long-Lived Tokens"
 * @throws {Refusal} 101 or 1
 */
export function requireApp(platform: Platform, call: Call): Exclude<World, 'instagram'> {
  const world = findWorld(platform.apps, call.params['client_id']);
  if (world === null) throw new Refusal(errors.unknownApp());
  if (world === 'instagram') throw new Refusal(errors.appWithoutInfo());
  if (call.params['client_secret'] !== platform.apps[world].clientSecret) {
    throw new Refusal(errors.wrongClientSecret());
  }
  return world;
}
