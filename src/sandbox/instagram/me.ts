import { ok, type Answer } from '../answer.js';
import type { Call } from '../call.js';
import { readFields } from '../fields.js';
import { Refusal } from '../graph-error.js';
import * as errors from '../graph-errors.js';
import { numericLiteral } from '../json.js';
import type { Person } from '../people.js';
import type { Platform } from '../platform.js';
import type { ProfileShape } from '../rotation.js';
import { basicScope } from '../scopes.js';
import { requireInstagramToken, requireScope } from '../token-checks.js';

/**
 * The profile as Instagram Login sees it: `id` is what this app knows the person by, `user_id` the
 * professional account's id. Without `fields` only `id` comes back (a guess).
 *
 * @see Meta: "Instagram API with Instagram Login", get started
 */
export function readInstagramMe(platform: Platform, call: Call): Answer {
  const token = requireInstagramToken(platform, call);
  requireScope(token, basicScope[token.grant.person.world]);
  const shape = platform.profileShapes.next();
  const all = profileFields(token.grant.person, shape);
  const body: Record<string, unknown> = {};
  for (const { name } of readFields(call) ?? [{ name: 'id' }]) {
    if (!Object.hasOwn(all, name)) {
      throw new Refusal({ ...errors.unknownField(name, 'InstagramUser'), type: 'IGApiException' });
    }
    if (all[name] !== null) body[name] = all[name];
  }
  return ok(shape.startsWith('wrapped') ? { data: [body] } : body);
}

function profileFields(person: Person, shape: ProfileShape): Readonly<Record<string, unknown>> {
  const asId = (digits: string): unknown => (shape.endsWith('number') ? numericLiteral(digits) : digits);
  return {
    id: asId(person.appScopedId),
    user_id: asId(person.account.id),
    username: person.account.username,
    name: person.account.name,
    account_type: person.traits.isPersonalAccount === true ? 'PERSONAL' : 'BUSINESS',
    profile_picture_url: person.account.pictureUrl,
    followers_count: 1_204,
    follows_count: 87,
    media_count: 42,
  };
}
