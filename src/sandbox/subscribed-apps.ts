import { ok, type Answer } from './answer.js';
import type { Call } from './call.js';
import { Refusal } from './graph-error.js';
import * as errors from './graph-errors.js';
import { splitScopes } from './scopes.js';
import type { Platform } from './platform.js';
import type { World } from './worlds.js';

/** The edge `subscribed_apps` of an account or a page, once it is certain that the token may use it. */
export interface SubscribedApps {
  readonly world: World;
  readonly id: string;
  /** What may be subscribed to. */
  readonly fields: ReadonlySet<string>;
}

/**
 * Sets the fields. That none, or an unknown one, is refused with code 100 is how Meta treats other parameters.
 */
export function subscribe(platform: Platform, call: Call, { world, id, fields }: SubscribedApps): Answer {
  const wanted = splitScopes(call.params['subscribed_fields'] ?? '');
  const unknown = wanted.find((field) => !fields.has(field));
  if (wanted.length === 0 || unknown !== undefined) {
    throw new Refusal(
      errors.invalidParameter(
        `Param subscribed_fields${unknown === undefined ? '' : '[0]'} must be one of {${[...fields].join(', ')}}`,
      ),
    );
  }
  platform.subscriptions.set(world, id, wanted);
  return ok({ success: true });
}

/** Ends it; it may be ended twice. */
export function unsubscribe(platform: Platform, { world, id }: SubscribedApps): Answer {
  platform.subscriptions.remove(world, id);
  return ok({ success: true });
}

/** The shape of the answer is a guess after other edges of apps. */
export function listSubscriptions(platform: Platform, { world, id }: SubscribedApps): Answer {
  const fields = platform.subscriptions.find(world, id);
  const { clientId } = platform.apps[world];
  return ok({ data: fields === null ? [] : [{ id: clientId, subscribed_fields: [...fields] }] });
}
