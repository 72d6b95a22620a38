import { scrub } from './scrub.js';
import { Secret } from './secret.js';

/**
 * Names of what is never logged, however deep it lies. The first defence is not to log it; error codes are
 * therefore logged as `errorCode`, and the numbers of Meta's errors stay.
 */
const SECRET_NAME =
  /(?:token|secret|password|cookie|proof|verifier|authorization|signed_?request)$|^(?:code|state)$/i;

/** Objects within objects are followed no deeper. */
const MAXIMUM_DEPTH = 6;

/**
 * The object of a log line, with `[secret]` in the place of every secret, and with errors and other instances
 * as short descriptions: theirs are fields that nobody has looked through.
 */
export function loggable(object: object): Record<string, unknown> {
  return describeFields(object, []);
}

/** A text of unknown origin, without tokens and without the values of a database statement. */
export function readable(text: string): string {
  return scrub(withoutStatement(text));
}

function describeFields(object: object, within: readonly object[]): Record<string, unknown> {
  const described: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(object)) {
    if (SECRET_NAME.test(name) && mayBeSecret(value)) described[name] = '[secret]';
    // Of most lines it is all: text and numbers.
    else described[name] = typeof value === 'object' ? describe(value, [...within, object]) : value;
  }
  return described;
}

/** A number, a truth value or nothing says something about a secret, but is none. */
function mayBeSecret(value: unknown): boolean {
  return typeof value === 'string' || (typeof value === 'object' && value !== null);
}

function describe(value: unknown, within: readonly object[]): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Secret)
    return value;
  if (within.length > MAXIMUM_DEPTH || within.includes(value)) return '[more]';
  if (value instanceof Error) return describeError(value, within);
  if (Array.isArray(value)) return value.map((item) => describe(item, [...within, value]));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    return `[${(value.constructor as { name?: string } | undefined)?.name ?? 'object'}]`;
  return describeFields(value, within);
}

/**
 * What a log line holds of an error: name, message, frames, and the fields that our own errors declare as
 * showable. Never its other properties: those of a database driver or an HTTP client hold values.
 */
function describeError(error: Error, within: readonly object[]): object {
  const message = String(error.message);
  const frames = String(error.stack)
    .replace(message, '')
    .split('\n')
    .filter((line) => line.startsWith('    at '));
  return {
    name: error.name,
    message: readable(message),
    ...('code' in error && isErrorCode(error.code) ? { errorCode: error.code } : {}),
    ...('errorClass' in error ? { errorClass: error.errorClass } : {}),
    ...('diagnosis' in error ? { diagnosis: error.diagnosis } : {}),
    ...('meta' in error ? { meta: describe(error.meta, [...within, error]) } : {}),
    ...(error instanceof AggregateError ? { errors: describe(error.errors, [...within, error]) } : {}),
    stack: frames.join('\n'),
    ...(error.cause === undefined ? {} : { cause: describeCause(error.cause, [...within, error]) }),
  };
}

function describeCause(cause: unknown, within: readonly object[]): unknown {
  return typeof cause === 'string' ? readable(cause) : describe(cause, within);
}

/** A code of ours or of the system's, such as `ECONNREFUSED`. */
function isErrorCode(code: unknown): boolean {
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(code);
}

/** A statement that can hold values, up to the reason that the database layer puts behind it. */
const STATEMENT =
  /\b(?:insert\s+into|replace\s+into|delete\s+from|update\s+\S+\s+set|select\s[\s\S]{0,2000}?\sfrom|with\s\S+\s+as\s*\()[\s\S]*/i;

/** What PostgreSQL adds to an error: rows and keys as they are. */
const DETAIL = /\n - (?:detail|hint): [\s\S]*$/;

function withoutStatement(text: string): string {
  return text.replace(DETAIL, '').replace(STATEMENT, (statement) => {
    const reason = / - (?![\s\S]* - )([^']*)$/.exec(statement)?.[1];
    return reason === undefined ? '[statement]' : `[statement] - ${reason}`;
  });
}
