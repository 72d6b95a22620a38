import type { SandboxClock } from './clock.js';
import { Codes } from './codes.js';
import type { HostName } from './endpoint-names.js';
import { Faults } from './faults.js';
import { Ledger } from './ledger.js';
import { People } from './people.js';
import type { ErrorShape, ExchangeShape, ProfileShape, Rotation } from './rotation.js';
import { Subscriptions } from './subscriptions.js';
import { Tokens } from './tokens.js';
import type { Apps } from './worlds.js';

/** In percent of what Meta allows. */
export interface Usage {
  readonly app?: number;
  readonly business?: {
    readonly id: string;
    readonly percent: number;
    /** `estimated_time_to_regain_access`. */
    readonly regainMinutes?: number;
  };
}

export interface PlatformSettings {
  readonly clock: SandboxClock;
  readonly apps: Apps;
  readonly redirectUris: Set<string>;
  readonly slowMs: number;
  readonly requiresAppSecretProof: boolean;
  readonly exchangeShapes: Rotation<ExchangeShape>;
  readonly profileShapes: Rotation<ProfileShape>;
  readonly errorShapes: Rotation<ErrorShape>;
  readonly refreshKeepsText: boolean;
}

/** Everything that the sandbox's Meta knows and remembers; the endpoints are functions of it. */
export interface Platform extends PlatformSettings {
  /** What the answers of the Graph hosts say about how much is used up; Meta mostly says nothing. */
  usage: Usage;
  /** Where the sandbox listens; known only once it does. */
  url: string;
  readonly people: People;
  readonly codes: Codes;
  readonly tokens: Tokens;
  readonly subscriptions: Subscriptions;
  readonly ledger: Ledger;
  readonly faults: Faults;
  /** Aborts when the sandbox closes, so that nothing slow outlives it. */
  readonly closing: AbortController;
}

export function createPlatform(settings: PlatformSettings): Platform {
  const ledger = new Ledger();
  const remember = (secret: string): void => ledger.remember(secret);
  for (const app of Object.values(settings.apps)) remember(app.clientSecret);
  return {
    ...settings,
    url: '',
    usage: {},
    people: new People(),
    codes: new Codes(remember),
    tokens: new Tokens(remember),
    subscriptions: new Subscriptions(),
    ledger,
    faults: new Faults(),
    closing: new AbortController(),
  };
}

export function hostUrl(platform: Platform, host: HostName): string {
  return `${platform.url}/${host}`;
}
