import type { Answer } from './answer.js';
import type { BodyFault } from './faults.js';
import { isJsonObject, isNumericLiteral, type JsonObject } from './json.js';

/** Metadata service of the big clouds: what an attacker would have a server fetch. */
const EVIL_URL = 'http://169.254.169.254/latest/meta-data/';

/** The answer with a body as no documentation has it. Text and pages stay as they are. */
export function damage(answer: Answer, fault: BodyFault): Answer {
  if (!('json' in answer.body)) return answer;
  const { json } = answer.body;
  switch (fault) {
    case 'broken_json': {
      const text = JSON.stringify(json);
      return {
        ...answer,
        body: { text: text.slice(0, Math.ceil(text.length / 2)), type: 'application/json' },
      };
    }
    case 'wrong_types':
      return withJson(answer, withWrongTypes(json));
    case 'empty_token':
      return withJson(
        answer,
        mapObjects(json, (object) => ('access_token' in object ? { ...object, access_token: '' } : object)),
      );
    case 'missing_expires_in':
      return withJson(
        answer,
        mapObjects(json, (object) => omit(object, 'expires_in')),
      );
    case 'evil_next':
      return withJson(answer, { ...json, paging: evilPaging(json['paging']) });
    case 'error_with_200':
      return { ...answer, status: 200 };
  }
}

function withJson(answer: Answer, json: JsonObject): Answer {
  return { ...answer, body: { json } };
}

/** Applies `change` to the object and, where it wraps its content in `data[]`, to what is in there. */
function mapObjects(json: JsonObject, change: (object: JsonObject) => JsonObject): JsonObject {
  const data = json['data'];
  if (!Array.isArray(data)) return change(json);
  return { ...change(json), data: data.map((item: unknown) => (isJsonObject(item) ? change(item) : item)) };
}

function omit(object: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}

function evilPaging(paging: unknown): JsonObject {
  return { ...(isJsonObject(paging) ? paging : {}), next: EVIL_URL };
}

/** The same keys at the top, and a value of another type under each. */
function withWrongTypes(json: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, otherType(value)]));
}

function otherType(value: unknown): unknown {
  if (typeof value === 'string') return 42;
  if (typeof value === 'number' || isNumericLiteral(value)) return ['not', 'a', 'number'];
  if (typeof value === 'boolean') return 'yes';
  return 'neither a list nor an object';
}
