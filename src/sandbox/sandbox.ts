import type { AddressInfo } from 'node:net';
import { createSandboxClock, type SandboxClock } from './clock.js';
import { visitDialog } from './dialog/visit.js';
import type { Faults } from './faults.js';
import type { Ledger } from './ledger.js';
import { personaCatalogue } from './persona-catalogue.js';
import type { Persona } from './personas.js';
import { grantToken, type GrantedToken } from './grant-token.js';
import { Push } from './push/push.js';
import { createPlatform, hostUrl, type Usage } from './platform.js';
import { revokeTokens } from './revoke.js';
import {
  exchangeShapes,
  profileShapes,
  Rotation,
  type ErrorShape,
  type ExchangeShape,
  type ProfileShape,
} from './rotation.js';
import { createServer } from './server.js';
import { findTokenProblem } from './token-checks.js';
import type { RevocationSubcode } from './tokens.js';
import { mintApps, type AppCredentials } from './worlds.js';

export interface SandboxOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default: the machine's time, until it is moved. */
  readonly clock?: SandboxClock;
  /** How api.instagram.com answers a code. Default `rotate`: each shape in turn. */
  readonly exchangeShape?: ExchangeShape | 'rotate';
  /** How graph.instagram.com answers `/me`. Default `rotate`. */
  readonly profileShape?: ProfileShape | 'rotate';
  /** How api.instagram.com refuses. Default `flat`, as documented. */
  readonly errorShape?: ErrorShape | 'rotate';
  /** How long each answer to the persona `slow` takes, in real milliseconds. Default 3,000. */
  readonly slowMs?: number;
  /** What every app has registered; compared character for character. */
  readonly redirectUris?: readonly string[];
  /** Whether a renewed token is the same text with a later end, as some have seen. Default false: a new text. */
  readonly refreshKeepsText?: boolean;
  /** Where the app is that is told of events, deauthorizations and deletions. It may be said later. */
  readonly appUrl?: string;
  /** What the index page offers to verify its webhook's address with. No secret: it is shown. Default: nothing. */
  readonly verifyToken?: string;
  /** The dashboard's "Require App Secret": calls on graph.facebook.com need a proof. Default false. */
  readonly requiresAppSecretProof?: boolean;
}

/** A running stand-in for Meta. */
export interface Sandbox extends AsyncDisposable {
  /** Such as `http://127.0.0.1:4100`. */
  readonly url: string;
  /** The base URLs that stand in for Meta's. */
  readonly hosts: {
    readonly facebookDialog: string;
    readonly instagramDialog: string;
    readonly instagramApi: string;
    readonly instagramGraph: string;
    readonly facebookGraph: string;
  };
  /** Minted at the start; which one a call names decides the world that answers. */
  readonly apps: {
    readonly documented: AppCredentials;
    readonly instagram: AppCredentials;
    readonly facebook: AppCredentials;
  };
  readonly ledger: Ledger;
  readonly clock: SandboxClock;
  readonly faults: Faults;
  /** What Meta sends of its own accord. */
  readonly push: Push;
  readonly personas: readonly Persona[];
  /**
   * What a person does: opens the authorization URL, chooses a persona (`page-token`, or `page-token#2` for
   * another one of the kind), and is sent back. Gives where to, without going there.
   *
   * @throws {Error} with the page's text when Meta shows a page of its own instead
   */
  consent(authorizationUrl: string, personaId: string): Promise<URL>;
  /**
   * Kills that person's tokens in every world as Meta does; `subcode` says why and which.
   *
   * @throws {TypeError} for a name that is no persona's
   */
  revoke(personaId: string, subcode: RevocationSubcode): void;
  addRedirectUri(uri: string): void;
  /** What the answers of the Graph hosts say from now on about how much is used up. Default: nothing. */
  setUsage(usage: Usage): void;
  /**
   * A token as it stands after a person's consent and the calls that lead to it: for tests with more accounts
   * than could be walked through. In the world of the app whose flow is `moca`.
   *
   * @throws {TypeError} for a name that is no persona's, or whose person has no linked page
   */
  grant(personId: string, kind: 'short' | 'long' | 'page'): GrantedToken;
  /** Whether Meta still takes this token. */
  isAlive(token: string): boolean;
  close(): Promise<void>;
}

const defaultRedirectUris = ['https://moca.pages.dev/instagram-callback'];

/** Starts a sandbox that listens and knows nobody yet. */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const platform = createPlatform({
    clock: options.clock ?? createSandboxClock(),
    apps: mintApps(),
    redirectUris: new Set(options.redirectUris ?? defaultRedirectUris),
    slowMs: options.slowMs ?? 3_000,
    requiresAppSecretProof: options.requiresAppSecretProof ?? false,
    exchangeShapes: new Rotation(exchangeShapes, options.exchangeShape ?? 'rotate'),
    profileShapes: new Rotation(profileShapes, options.profileShape ?? 'rotate'),
    refreshKeepsText: options.refreshKeepsText ?? false,
    errorShapes: new Rotation<ErrorShape>(['flat', 'graph'], options.errorShape ?? 'flat'),
  });
  const push = new Push(platform, options.appUrl ?? null, options.verifyToken ?? null);
  const server = createServer(platform, push);
  const host = options.host ?? '127.0.0.1';
  await server.listen({ host, port: options.port ?? 0 });
  platform.url = `http://${visibleHost(host)}:${(server.server.address() as AddressInfo).port}`;

  const close = async (): Promise<void> => {
    platform.closing.abort();
    await server.close();
  };
  return {
    url: platform.url,
    hosts: {
      facebookDialog: hostUrl(platform, 'www.facebook.com'),
      instagramDialog: hostUrl(platform, 'www.instagram.com'),
      instagramApi: hostUrl(platform, 'api.instagram.com'),
      instagramGraph: hostUrl(platform, 'graph.instagram.com'),
      facebookGraph: hostUrl(platform, 'graph.facebook.com'),
    },
    apps: platform.apps,
    ledger: platform.ledger,
    clock: platform.clock,
    faults: platform.faults,
    push,
    personas: personaCatalogue,
    consent: (authorizationUrl, personaId) => visitDialog(platform, authorizationUrl, personaId),
    revoke: (personaId, subcode) => revokeTokens(platform, personaId, subcode),
    addRedirectUri: (uri) => {
      platform.redirectUris.add(uri);
    },
    setUsage: (usage) => {
      platform.usage = usage;
    },
    grant: (personId, kind) => grantToken(platform, personId, kind),
    isAlive: (value) => {
      const token = platform.tokens.find(value);
      return token !== null && findTokenProblem(platform, token, platform.clock.now()) === null;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** An address to listen on is not always one to call. */
function visibleHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
