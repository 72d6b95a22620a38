import type { Config, Secrets } from '../config.js';
import type { Logger } from '../logger.js';
import type { Clock } from '../time.js';
import { ApiKeys } from './api-keys.js';
import { authenticator, type Authenticate } from './authenticate.js';
import { IdentityTokens } from './identity-tokens.js';
import { RemoteKeys } from './remote-keys.js';

/** Tells who sends a request, by the configured API keys and, where there is one, the identity provider. */
export function createAuthenticator(
  { identityProvider }: Config,
  { adminApiKeys, serviceApiKeys }: Secrets,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Authenticate {
  const apiKeys = new ApiKeys({ admin: adminApiKeys, service: serviceApiKeys });
  if (identityProvider === null) return authenticator(apiKeys, null);
  const { jwksUrl, ...expected } = identityProvider;
  const keys = new RemoteKeys({ url: jwksUrl, clock, logger });
  return authenticator(apiKeys, new IdentityTokens({ ...expected, keys, clock, logger }));
}
