import { join } from 'node:path';
import process from 'node:process';
import type * as authUrlModule from '../../../src/oauth/auth-url.js';
import type * as configModule from '../../../src/config.js';
import type * as keyringModule from '../../../src/tokens/keyring.js';
import type * as scopesModule from '../../../src/oauth/scopes.js';
import type * as timeModule from '../../../src/time.js';

/** The build: whoever runs this stands in the repository. */
const BUILD = join(process.cwd(), 'dist');

async function load<Module>(path: string): Promise<Module> {
  return (await import(join(BUILD, path))) as Module;
}

/** The server's own code for a sealed state and the URL around it: a peer that sealed less would do another work. */
export async function openAuthorization(): Promise<
  (challenge: string | null, forceReauth: boolean) => string
> {
  const { createAuthUrl } = await load<typeof authUrlModule>('oauth/auth-url.js');
  const { readConfig } = await load<typeof configModule>('config.js');
  const { Keyring } = await load<typeof keyringModule>('tokens/keyring.js');
  const { defaultScopes } = await load<typeof scopesModule>('oauth/scopes.js');
  const { systemClock } = await load<typeof timeModule>('time.js');
  const { config, secrets } = readConfig(process.env);
  return createAuthUrl({
    flow: config.flow,
    hosts: config.hosts,
    graphVersion: config.graphVersion,
    redirectUri: config.redirectUri,
    clientId: config.instagramClientId,
    scopes: defaultScopes[config.flow],
    keyring: new Keyring(secrets.encryptionKeys),
    clock: systemClock,
    challengeRequired: false,
    onUnbound: () => undefined,
  });
}
