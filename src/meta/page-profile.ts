import { z } from 'zod';
import type { Secret } from '../secret.js';
import { type Meta, authorizedBy } from './meta.js';
import { pictureUrl } from './picture-url.js';
import { wireId, wireText, wireUsername } from './wire.js';

/** The Instagram professional account behind a Page. */
export interface PageProfile {
  /** The Instagram professional account id (`17841…`). */
  readonly id: string;
  readonly username: string;
  readonly name: string | null;
  readonly profilePictureUrl: string | null;
}

const answer = z.object({
  // Absent, not null, when nothing is linked.
  instagram_business_account: z
    .object({
      id: wireId,
      username: wireUsername,
      name: wireText(1024).optional(),
      profile_picture_url: z.unknown().optional(),
    })
    .nullish(),
});

/**
 * The linked Instagram account, asked for with the page's own token: an answer proves that the token works.
 * Null when the page has no linked account (any more).
 *
 * @see https://developers.facebook.com/docs/instagram-platform/instagram-api-with-facebook-login/get-started
 * @throws MetaError
 */
export async function fetchPageProfile(
  meta: Meta,
  pageId: string,
  pageToken: Secret,
): Promise<PageProfile | null> {
  const { body } = await meta.client.send({
    endpoint: 'page_profile',
    host: 'facebookGraph',
    path: `/${meta.graphVersion}/${encodeURIComponent(pageId)}`,
    query: {
      fields: 'instagram_business_account{id,username,name,profile_picture_url}',
      ...authorizedBy(meta, pageToken),
    },
    schema: answer,
  });
  const linked = body.instagram_business_account;
  if (linked == null) return null;
  return {
    id: linked.id,
    username: linked.username,
    name: linked.name ?? null,
    profilePictureUrl: pictureUrl(linked.profile_picture_url),
  };
}
