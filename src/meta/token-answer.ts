import { z } from 'zod';
import { Secret } from '../secret.js';
import type { AccessToken } from './access-token.js';
import type { MetaAnswer } from './client.js';
import { wireExpiresIn, wireToken } from './wire.js';

/** The body that all of Meta's token exchanges share, the code exchange of api.instagram.com excepted. */
export const tokenAnswer = z.object({ access_token: wireToken, expires_in: wireExpiresIn });

export function toAccessToken({ body, receivedAt }: MetaAnswer<z.infer<typeof tokenAnswer>>): AccessToken {
  return { value: new Secret(body.access_token), expiresInSeconds: body.expires_in, receivedAt };
}
