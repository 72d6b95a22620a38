import { inspect } from 'node:util';
import { logLines } from './log-lines.js';

/** `secret` as it may stand in a text: as it is, in URLs and forms, in JSON, in base64 at each alignment, in hex. */
function formsOf(secret: string): string[] {
  const base64 = [0, 1, 2].map((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
    // Without what depends on the neighbours.
    return bytes.toString('base64').slice(offset === 0 ? 0 : 4, -4);
  });
  return [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ secret }).toString().slice('secret='.length),
    JSON.stringify(secret).slice(1, -1),
    inspect(secret).slice(1, -1),
    ...base64,
    Buffer.from(secret).toString('hex'),
  ];
}

/** Which of the secrets can be read in the text, in whatever form. */
export function leaksIn(text: string, secrets: Iterable<string>): string[] {
  return [...secrets].filter((secret) => formsOf(secret).some((form) => text.includes(form)));
}

/** Everything that anybody could make of a value: text, JSON, an inspection, lines of the log. */
export async function shown(value: unknown): Promise<string> {
  const { logger, lines } = await logLines();
  logger.error({ err: value }, 'as an error');
  logger.error({ error: value, deeper: { still: [value] } }, 'under another name');
  logger.error(value, 'as the line itself');
  logger.error(`in the text: ${String(value)}`);
  const hidden = typeof value === 'object' && value !== null ? Object.getOwnPropertyNames(value) : [];
  return [
    String(value),
    JSON.stringify(value),
    inspect(value, { depth: 10, showHidden: true, customInspect: false }),
    inspect(value, { depth: 10, showHidden: true, getters: true }),
    ...hidden.map((name) => inspect(Reflect.get(Object(value), name), { depth: 10, showHidden: true })),
    value instanceof Error ? (value.stack ?? '') : '',
    ...lines,
  ].join('\n');
}
