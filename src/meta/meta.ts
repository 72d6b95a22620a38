import type { Secret } from '../secret.js';
import type { AppCredentials } from './app-credentials.js';
import { appSecretProof } from './appsecret-proof.js';
import type { MetaSender } from './client.js';

/** What every endpoint needs: the client, and as whom to call. */
export interface Meta {
  readonly client: MetaSender;
  /** Such as `v21.0`. graph.facebook.com only: Meta documents graph.instagram.com's token paths without one. */
  readonly graphVersion: string;
  /** The pair for api.instagram.com and graph.instagram.com. */
  readonly instagramApp: AppCredentials;
  /** The pair for graph.facebook.com. */
  readonly facebookApp: AppCredentials;
}

/** The parameters that put `token` on a call to graph.facebook.com, with the proof that belongs to it. */
export function authorizedBy(meta: Meta, token: Secret): { access_token: Secret; appsecret_proof: Secret } {
  return { access_token: token, appsecret_proof: appSecretProof(meta.facebookApp, token) };
}
