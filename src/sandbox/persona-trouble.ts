import { MINUTE, plus } from '../time.js';
import { refusalAnswer, type Answer } from './answer.js';
import type { EndpointName } from './endpoint-names.js';
import * as errors from './graph-errors.js';
import type { Person } from './people.js';
import { throttled } from './rate-limits.js';

/** How long the persona `rate-limited` has to wait. */
const LIMIT_MINUTES = 19;

/** Facebook's own prefix for answers that only its pages may read: text, but no JSON. */
const GARBAGE = 'for (;;);{"__ar":1,"payload":null,"lid":"sandbox"}';

/** What a troublesome person gets instead of the endpoint's answer; null: what everybody gets. */
export function troubledAnswer(person: Person, endpoint: EndpointName, now: Date): Answer | null {
  const isFirstCall = !person.calledEndpoints.has(endpoint);
  person.calledEndpoints.add(endpoint);
  if (endpoint === 'code_exchange') return null;
  const { trouble } = person.traits;
  if (trouble === 'garbage') return { status: 200, body: { text: GARBAGE, type: 'text/javascript' } };
  if (trouble === 'transient' && isFirstCall) return refusalAnswer(errors.temporarilyUnavailable(), true);
  if (trouble === 'rate_limited' && (endpoint === 'ig_me' || endpoint === 'me_accounts')) {
    return limitedAnswer(person, now);
  }
  return null;
}

function limitedAnswer(person: Person, now: Date): Answer | null {
  person.limitedUntil ??= plus(now, LIMIT_MINUTES * MINUTE);
  const remainingMs = person.limitedUntil.getTime() - now.getTime();
  if (remainingMs <= 0) return null;
  return refusalAnswer(throttled('rate_app', person.account.id, Math.ceil(remainingMs / MINUTE)), true);
}
