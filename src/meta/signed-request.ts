import { createHash } from 'node:crypto';
import { z } from 'zod';
import { DAY, MINUTE, SECOND, plus } from '../time.js';
import { parseJsonLosslessly } from '../lossless-json.js';
import { findSigner, type SigningSecret } from './webhook-signature.js';
import { wireId, wireInteger } from './wire.js';

/** Meta's are some 300 characters. */
const MAXIMUM_LENGTH = 4096;

/**
 * Webhooks are repeated for 36 hours, and for these calls Meta says nothing: a week is beyond any repetition,
 * and short enough for an old one to be of no use to whoever finds it.
 */
const OLDEST_MS = 7 * DAY;
/** By so much Meta's clock may be ahead of ours. */
const SKEW_MS = 5 * MINUTE;

/** Whom Meta's deauthorize or data deletion call is about. At least one of the ids is given. */
export interface SignedRequest {
  /** The same for the same request, and nobody can guess it: SHA-256 of its MAC, in hex. */
  readonly id: string;
  /** The person, app-scoped; null where a page is meant. */
  readonly userId: string | null;
  /** The page that removed the app. */
  readonly profileId: string | null;
  readonly issuedAt: Date;
  readonly signer: SigningSecret['name'];
}

/**
 * Why a signed request counts for nothing:
 * - `malformed`: not two base64url texts with a dot between them, or far too long
 * - `not_authentic`: signed with none of the secrets
 * - `algorithm`, `content`: authentic, but of another algorithm, or not what Meta documents
 * - `too_old`, `too_new`: issued more than 7 days ago, or more than 5 minutes from now
 */
export class SignedRequestError extends Error {
  override readonly name = 'SignedRequestError';

  constructor(
    readonly reason: 'malformed' | 'not_authentic' | 'algorithm' | 'content' | 'too_old' | 'too_new',
  ) {
    super(`A signed request was refused: ${reason}.`);
  }
}

/** 0 stands for nobody: then a page is meant. */
const idOrNobody = z.union([wireId, z.literal([0, '0']).transform(() => null)]).nullish();

const payloadSchema = z.object({
  algorithm: z.string(),
  issued_at: wireInteger.refine((seconds) => seconds > 0 && seconds < 8.64e12),
  user_id: idOrNobody,
  profile_id: idOrNobody,
});

/**
 * check the form → check the MAC, over the encoded text → read the JSON → check the algorithm → check the age
 *
 * Nothing of the content is looked at before its MAC.
 *
 * @param text `<base64url of the MAC>.<base64url of the JSON>`, with or without padding
 * @see https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback
 * @throws SignedRequestError
 */
export function readSignedRequest(text: string, secrets: readonly SigningSecret[], now: Date): SignedRequest {
  const [, encodedMac, encodedPayload] = /^([\w-]+={0,2})\.([\w-]+={0,2})$/.exec(text) ?? [];
  if (encodedMac === undefined || encodedPayload === undefined || text.length > MAXIMUM_LENGTH) {
    throw new SignedRequestError('malformed');
  }
  const mac = Buffer.from(encodedMac, 'base64url');
  const signer = findSigner(mac, Buffer.from(encodedPayload), secrets);
  if (signer === null) throw new SignedRequestError('not_authentic');

  const payload = parsePayload(Buffer.from(encodedPayload, 'base64url').toString('utf8'));
  if (payload.algorithm !== 'HMAC-SHA256') throw new SignedRequestError('algorithm');
  const issuedAt = new Date(payload.issued_at * SECOND);
  if (issuedAt < plus(now, -OLDEST_MS)) throw new SignedRequestError('too_old');
  if (issuedAt > plus(now, SKEW_MS)) throw new SignedRequestError('too_new');
  const userId = payload.user_id ?? null;
  const profileId = payload.profile_id ?? null;
  if (userId === null && profileId === null) throw new SignedRequestError('content');
  return { id: createHash('sha256').update(mac).digest('hex'), userId, profileId, issuedAt, signer };
}

function parsePayload(json: string): z.infer<typeof payloadSchema> {
  let content: unknown;
  try {
    content = parseJsonLosslessly(json);
  } catch {
    throw new SignedRequestError('content'); // Not JSON, or nested without end.
  }
  const { success, data } = payloadSchema.safeParse(content);
  if (!success) throw new SignedRequestError('content');
  return data;
}
