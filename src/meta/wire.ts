import { z } from 'zod';
import type { Refusal } from './judge-refusal.js';

/**
 * An id as Meta writes it: a string, or a bare number (which arrives exact, see `lossless-json.ts`).
 * Ids are strings everywhere in this server.
 */
export const wireId = z
  .union([z.string().regex(/^[\x21-\x7e]{1,64}$/), z.int().nonnegative()])
  .transform(String)
  // 0 stands for "none", and would make one of everybody.
  .refine((id) => !/^0+$/.test(id));

/** An id that becomes part of a path: Meta's are digits; whatever else it holds, it must not name another path. */
export const wireNodeId = wireId.refine((id) => /^(?=\D*\d)[\w-]+$/.test(id));

/** An integer, or the text of one. Not `z.coerce`: that makes 0 of an empty text, and 1 of `true`. */
export const wireInteger = z.union([
  z.int(),
  z
    .string()
    .regex(/^-?\d{1,15}$/)
    .transform(Number),
]);

/** A token. The upper bound keeps a garbage answer out of the database; Meta's tokens are some 200 characters. */
export const wireToken = z.string().trim().min(1).max(8192);

/**
 * Seconds that a token lives. Absent, zero, negative or absurd (over ten years) counts as not said: an expiry
 * is never computed from it.
 */
export const wireExpiresIn = z
  .unknown()
  .transform((value) => {
    const seconds = typeof value === 'string' ? Number(value) : value;
    return typeof seconds === 'number' && Number.isInteger(seconds) && seconds > 0 && seconds < 315_360_000
      ? seconds
      : null;
  })
  .optional()
  .transform((value) => value ?? null);

/** A text that is only shown; too long, empty or of another type counts as absent. */
export const wireText = (maximum: number): z.ZodType<string | null> =>
  z
    .unknown()
    .transform((value) => (typeof value === 'string' ? storable(value) : ''))
    .transform((text) => (text.length > 0 && text.length <= maximum ? text : null)) as unknown as z.ZodType<
    string | null
  >;

/** A username. Instagram's have at most 30 characters. */
export const wireUsername = z.string().transform(storable).pipe(z.string().min(1).max(256));

/**
 * As databases can hold it and terminals can show it: no control characters (a NUL ends a statement of SQLite's),
 * and no half a character, which cannot be written.
 */
function storable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '').toWellFormed();
}

/** Granted permissions: an array, or one text separated by commas or blanks. */
export const wirePermissions = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(/[\s,]+/))])
  .transform((names) => names.map((name) => name.trim()).filter((name) => name !== ''));

const graphError = z.object({
  error: z.object({
    message: z.string().catch(''),
    type: z.string().max(64).nullish().catch(null),
    code: wireInteger.nullish().catch(null),
    error_subcode: wireInteger.nullish().catch(null),
    is_transient: z.boolean().nullish().catch(null),
    fbtrace_id: z.string().max(128).nullish().catch(null),
  }),
});

const flatError = z.object({
  error_message: z.string().nullish().catch(null),
  error_description: z.string().nullish().catch(null),
  error_type: z.string().max(64).nullish().catch(null),
  code: wireInteger.nullish().catch(null),
});

/** Without one of these a body is no refusal. */
const SIGNS = ['error', 'error_message', 'error_description', 'error_type'];

/**
 * The refusal in `body`, or null. A body can be one whatever its HTTP status: there are error bodies with 200.
 *
 * @see https://developers.facebook.com/docs/graph-api/guides/error-handling (`{error: {…}}`)
 * @see https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
 *   (the flat `{error_type, code, error_message}`)
 */
export function readRefusal(body: unknown): Refusal | null {
  // Most bodies are none: to let a schema find out costs as much as to read them.
  if (typeof body !== 'object' || body === null || !SIGNS.some((sign) => sign in body)) return null;
  const graph = graphError.safeParse(body);
  if (graph.success) {
    const { message, type, code, error_subcode, is_transient, fbtrace_id } = graph.data.error;
    return {
      shape: 'graph',
      message,
      isTransient: is_transient === true,
      numbers: {
        code: code ?? null,
        subcode: error_subcode ?? null,
        type: type ?? null,
        fbtraceId: fbtrace_id ?? null,
      },
    };
  }
  const flat = flatError.safeParse(body);
  if (!flat.success) return null;
  const { error_message, error_description, error_type, code } = flat.data;
  if (error_message == null && error_description == null && error_type == null) return null;
  return {
    shape: 'flat',
    message: error_message ?? error_description ?? '',
    isTransient: false,
    numbers: { code: code ?? null, subcode: null, type: error_type ?? null, fbtraceId: null },
  };
}
