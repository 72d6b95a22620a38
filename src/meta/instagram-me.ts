import { z } from 'zod';
import type { Secret } from '../secret.js';
import type { Meta } from './meta.js';
import { MetaError } from './meta-error.js';
import { pictureUrl } from './picture-url.js';
import { wireId, wireText, wireUsername } from './wire.js';

/** The profile that an Instagram token belongs to. */
export interface InstagramMe {
  /** App-scoped id: the same person has another one in another app. */
  readonly id: string;
  /** The Instagram professional account id (`17841…`), which webhooks use; null where Meta left it out. */
  readonly userId: string | null;
  readonly username: string;
  readonly name: string | null;
  /** As Meta writes it: `Business`, `Media_Creator`, `BUSINESS`, `PERSONAL`; compare without case. */
  readonly accountType: string | null;
  readonly profilePictureUrl: string | null;
}

const me = z.object({
  id: wireId,
  user_id: wireId.nullish().catch(null),
  username: wireUsername,
  name: wireText(1024).optional(),
  account_type: wireText(64).optional(),
  profile_picture_url: z.unknown().optional(),
});

const answer = z.union([me, z.object({ data: z.tuple([me], z.unknown()) }).transform(({ data }) => data[0])]);

const ALL_FIELDS = 'id,user_id,username,name,account_type,profile_picture_url';
const DOCUMENTED_MINIMUM = 'id,username';

/**
 * The profile of the token's owner, by `/me` of graph.instagram.com. Where Meta does not know one of the
 * fields (code 100), it is asked again for the two that it always knows.
 *
 * @see https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/get-started
 * @throws MetaError
 */
export async function fetchInstagramMe(meta: Meta, token: Secret): Promise<InstagramMe> {
  try {
    return await ask(meta, token, ALL_FIELDS);
  } catch (error) {
    const unknownField =
      error instanceof MetaError && error.meta.code === 100 && error.errorClass === 'bad_answer';
    if (!unknownField) throw error;
    return ask(meta, token, DOCUMENTED_MINIMUM);
  }
}

async function ask({ client }: Meta, token: Secret, fields: string): Promise<InstagramMe> {
  const { body } = await client.send({
    endpoint: 'ig_me',
    host: 'instagramGraph',
    path: '/me',
    query: { fields, access_token: token },
    schema: answer,
  });
  return {
    id: body.id,
    userId: body.user_id ?? null,
    username: body.username,
    name: body.name ?? null,
    accountType: body.account_type ?? null,
    profilePictureUrl: pictureUrl(body.profile_picture_url),
  };
}
