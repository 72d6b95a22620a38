import { createHmac } from 'node:crypto';
import { Secret } from '../secret.js';
import type { AppCredentials } from './app-credentials.js';

/**
 * The proof that a call on graph.facebook.com comes from the holder of the app secret: a stolen token is
 * useless elsewhere when the app requires it. Each token needs its own.
 *
 * @see https://developers.facebook.com/docs/graph-api/guides/secure-requests
 */
export function appSecretProof(app: AppCredentials, token: Secret): Secret {
  return new Secret(createHmac('sha256', app.clientSecret.reveal()).update(token.reveal()).digest('hex'));
}
