import { endpointNames } from '../endpoint-names.js';
import { faultNames, type FaultOrder } from '../faults.js';
import { revocationSubcodes, type RevocationSubcode } from '../tokens.js';

/** @throws {TypeError} saying what would have been right */
export function parseFaultOrder(body: Readonly<Record<string, string>>): FaultOrder {
  const fault = faultNames.find((name) => name === body['fault']);
  if (fault === undefined) throw new TypeError(`"fault" must be one of: ${faultNames.join(', ')}.`);
  const endpoints = [...endpointNames, 'any'] as const;
  const endpoint = endpoints.find((name) => name === (body['endpoint'] ?? 'any'));
  if (endpoint === undefined) throw new TypeError(`"endpoint" must be one of: ${endpoints.join(', ')}.`);
  const { persona } = body;
  return {
    fault,
    endpoint,
    ...(persona === undefined ? {} : { persona }),
    ...numbers(body, ['times', 'minutes', 'delayMs']),
  };
}

function numbers<Name extends string>(
  body: Readonly<Record<string, string>>,
  names: readonly Name[],
): Partial<Record<Name, number>> {
  const found: Partial<Record<Name, number>> = {};
  for (const name of names) {
    const text = body[name];
    if (text === undefined) continue;
    if (!/^\d+$/.test(text)) throw new TypeError(`"${name}" must be a whole number.`);
    found[name] = Number(text);
  }
  return found;
}

/** @throws {TypeError} */
export function parseSubcode(text: string): RevocationSubcode {
  const subcode = revocationSubcodes.find((known) => String(known) === text);
  if (subcode === undefined)
    throw new TypeError(`"subcode" must be one of: ${revocationSubcodes.join(', ')}.`);
  return subcode;
}
