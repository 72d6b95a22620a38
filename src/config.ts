import { z } from 'zod';
import { withSecretFiles } from './config-secret-files.js';
import {
  apiKeys,
  baseUrl,
  encryptionKeys,
  list,
  givenValue,
  onOff,
  origin,
  poolSize,
  port,
  rateLimit,
  redirectUri,
  retention,
  text,
  trustProxy,
} from './config-values.js';
import { databaseUrl, type DatabaseLocation } from './database-url.js';
import { loginFlows, type LoginFlow } from './login-flow.js';
import { Secret } from './secret.js';
import { DAY, MINUTE } from './time.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that may be shown, in a log line for example. */
export interface Config {
  /** What Meta calls "Instagram App ID". */
  readonly instagramClientId: string;
  /** What Meta calls "App ID" (of the Meta app). */
  readonly facebookClientId: string;
  readonly flow: LoginFlow;
  readonly redirectUri: string;
  /** Null: the flow's own scopes. */
  readonly scopes: readonly string[] | null;
  readonly graphVersion: string;
  /** Base URLs without a version and without a slash at the end. */
  readonly hosts: {
    readonly facebookDialog: string;
    readonly instagramDialog: string;
    readonly instagramApi: string;
    readonly instagramGraph: string;
    readonly facebookGraph: string;
  };
  readonly databaseKind: DatabaseLocation['kind'];
  /** How many connections this process opens at most, to a database that takes several. */
  readonly databasePoolSize: number;
  readonly oauthState: 'optional' | 'required';
  /** Whose JWTs are taken beside API keys; null for nobody's. */
  readonly identityProvider: IdentityProvider | null;
  readonly corsOrigins: readonly string[];
  /** Of this server itself, for the links that it gives out. Without a slash at the end. */
  readonly publicUrl: string;
  readonly host: string;
  readonly port: number;
  readonly trustProxy: boolean | number | string;
  readonly rateLimits: { readonly authUrl: RateLimit; readonly complete: RateLimit };
  /** How long Meta's webhook events are kept. */
  readonly webhookRetentionMs: number;
  readonly logLevel: LogLevel;
  readonly logPretty: boolean;
  /** Whether this process counts what it does, for `GET /metrics`. */
  readonly metrics: boolean;
  /** Whether our own operations are answered without Apollo Server where that makes no difference. */
  readonly fastPath: boolean;
  /** Whether this process renews tokens, sends notices and events, and takes up connections that others left behind. */
  readonly worker: boolean;
}

/** Everything that may not. */
export interface Secrets {
  readonly database: DatabaseLocation;
  /** What Meta calls "Instagram App Secret". */
  readonly instagramClientSecret: Secret;
  /** What Meta calls "App Secret". */
  readonly facebookClientSecret: Secret;
  /** Their predecessors: what Meta signs with them is taken while the secrets change. */
  readonly instagramClientSecretPrevious: Secret | null;
  readonly facebookClientSecretPrevious: Secret | null;
  /** What Meta sends when it verifies the webhook's address; null while webhooks are not set up. */
  readonly verifyToken: Secret | null;
  readonly encryptionKeys: ReadonlyArray<{ readonly id: string; readonly bytes: Buffer }>;
  readonly adminApiKeys: readonly NamedKey[];
  readonly serviceApiKeys: readonly NamedKey[];
  /** Where the operator is told of incidents, and what those notices are signed with. The URL may hold a token. */
  readonly notify: SignedTarget | null;
  /** Where webhook events are forwarded to, and what they are signed with. This URL may hold a token, too. */
  readonly events: SignedTarget | null;
}

export interface SignedTarget {
  readonly url: Secret;
  readonly secret: Secret;
}

interface IdentityProvider {
  /** Where its public keys stand, as a JSON Web Key Set. */
  readonly jwksUrl: string;
  /** What `iss` has to be, character for character. */
  readonly issuer: string;
  /** What has to be in `aud`. */
  readonly audience: string;
}

export interface NamedKey {
  readonly name: string;
  readonly key: Secret;
}

export interface RateLimit {
  readonly maximum: number;
  readonly windowMs: number;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
type LogLevel = (typeof logLevels)[number];

/** The variables that hold a secret. Each is also read from the file that `NAME_FILE` names. */
export const secretVariables = [
  'INSTAGRAM_CLIENT_SECRET',
  'INSTAGRAM_VERIFY_TOKEN',
  'FACEBOOK_CLIENT_SECRET',
  'INSTAGRAM_CLIENT_SECRET_PREVIOUS',
  'FACEBOOK_CLIENT_SECRET_PREVIOUS',
  'TOKEN_ENCRYPTION_KEYS',
  'ADMIN_API_KEYS',
  'SERVICE_API_KEYS',
  'NOTIFY_URL',
  'NOTIFY_SECRET',
  'DATABASE_URL',
  'EVENTS_URL',
  'EVENTS_SECRET',
] as const;

/** Of each group, none is of use without the others. */
const groups = [
  { names: ['FACEBOOK_CLIENT_ID', 'FACEBOOK_CLIENT_SECRET'], problem: 'set both or neither' },
  { names: ['NOTIFY_URL', 'NOTIFY_SECRET'], problem: 'set both or neither' },
  { names: ['EVENTS_URL', 'EVENTS_SECRET'], problem: 'set both or neither' },
  { names: ['AUTH_JWKS_URL', 'AUTH_ISSUER', 'AUTH_AUDIENCE'], problem: 'set all three or none' },
] as const;

/** The exit code of a program whose configuration, or how it was called, is wrong (sysexits.h). */
export const EX_CONFIG = 78;

/** All that is wrong with the environment, by the names of the variables and without their values. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly string[]) {
    super(`The server cannot start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

const variables = z.object({
  INSTAGRAM_CLIENT_ID: givenValue,
  INSTAGRAM_CLIENT_SECRET: givenValue,
  INSTAGRAM_VERIFY_TOKEN: givenValue.optional(),
  FACEBOOK_CLIENT_ID: givenValue.optional(),
  FACEBOOK_CLIENT_SECRET: givenValue.optional(),
  INSTAGRAM_CLIENT_SECRET_PREVIOUS: givenValue.optional(),
  FACEBOOK_CLIENT_SECRET_PREVIOUS: givenValue.optional(),
  INSTAGRAM_REDIRECT_URI: redirectUri.default('https://moca.pages.dev/instagram-callback'),
  INSTAGRAM_SCOPES: list.refine((scopes) => scopes.length > 0, 'names no scope').optional(),
  INSTAGRAM_LOGIN_FLOW: z.enum(loginFlows, 'must be moca, instagram or facebook').default('moca'),
  META_GRAPH_VERSION: text.regex(/^v\d{1,3}\.\d$/, 'must be a version such as v21.0').default('v21.0'),
  META_FACEBOOK_DIALOG_URL: baseUrl.default('https://www.facebook.com'),
  META_INSTAGRAM_DIALOG_URL: baseUrl.default('https://www.instagram.com'),
  META_INSTAGRAM_API_URL: baseUrl.default('https://api.instagram.com'),
  META_INSTAGRAM_GRAPH_URL: baseUrl.default('https://graph.instagram.com'),
  META_FACEBOOK_GRAPH_URL: baseUrl.default('https://graph.facebook.com'),
  DATABASE_URL: databaseUrl.default({ kind: 'sqlite', path: './data/moca.sqlite' }),
  DATABASE_POOL_SIZE: poolSize.default(10),
  TOKEN_ENCRYPTION_KEYS: encryptionKeys,
  ADMIN_API_KEYS: apiKeys.default([]),
  SERVICE_API_KEYS: apiKeys.default([]),
  AUTH_JWKS_URL: redirectUri.optional(),
  AUTH_ISSUER: text.optional(),
  AUTH_AUDIENCE: text.optional(),
  OAUTH_STATE: z.enum(['optional', 'required'], 'must be optional or required').default('optional'),
  CORS_ORIGINS: list.pipe(z.array(origin)).optional(),
  PUBLIC_URL: baseUrl.optional(),
  HOST: text.default('0.0.0.0'),
  PORT: port.default(4000),
  TRUST_PROXY: trustProxy.default(false),
  RATE_LIMIT_AUTH_URL: rateLimit.default({ maximum: 60, windowMs: MINUTE }),
  RATE_LIMIT_COMPLETE: rateLimit.default({ maximum: 20, windowMs: MINUTE }),
  NOTIFY_URL: redirectUri.optional(),
  NOTIFY_SECRET: givenValue.optional(),
  EVENTS_URL: redirectUri.optional(),
  EVENTS_SECRET: givenValue.optional(),
  WEBHOOK_RETENTION: retention.default(7 * DAY),
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
  LOG_PRETTY: onOff.default(false),
  METRICS: onOff.default(true),
  GRAPHQL_FAST_PATH: onOff.default(true),
  WORKER: onOff.default(true),
});

/** Every variable that the server reads, for the check of `.env.example` and the README. */
export const variableNames: readonly string[] = Object.keys(variables.shape);

/**
 * Reads and judges the environment once. An empty value counts as not set.
 *
 * @throws ConfigError with every problem at once
 */
export function readConfig(env: Environment): { config: Config; secrets: Secrets } {
  const problems: string[] = [];
  const values = withSecretFiles(env, variableNames, secretVariables, problems);
  for (const { names, problem } of groups) {
    const missing = names.filter((name) => values[name] === undefined).length;
    if (missing === 0 || missing === names.length) continue;
    problems.push(`${names.slice(0, -1).join(', ')} and ${names.at(-1)}: ${problem}`);
  }
  const parsed = variables.safeParse(values);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const name = String(issue.path[0]);
      const problem = `${name}: ${values[name] === undefined ? 'is missing' : issue.message}`;
      if (!problems.includes(problem)) problems.push(problem);
    }
  }
  if (sharesKey(values)) {
    problems.push(
      'ADMIN_API_KEYS and SERVICE_API_KEYS: hold the same key, whose role would be left to chance',
    );
  }
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  const read = parsed.data;
  return {
    config: {
      instagramClientId: read.INSTAGRAM_CLIENT_ID,
      facebookClientId: read.FACEBOOK_CLIENT_ID ?? read.INSTAGRAM_CLIENT_ID,
      flow: read.INSTAGRAM_LOGIN_FLOW,
      redirectUri: read.INSTAGRAM_REDIRECT_URI,
      scopes: read.INSTAGRAM_SCOPES ?? null,
      graphVersion: read.META_GRAPH_VERSION,
      hosts: {
        facebookDialog: read.META_FACEBOOK_DIALOG_URL,
        instagramDialog: read.META_INSTAGRAM_DIALOG_URL,
        instagramApi: read.META_INSTAGRAM_API_URL,
        instagramGraph: read.META_INSTAGRAM_GRAPH_URL,
        facebookGraph: read.META_FACEBOOK_GRAPH_URL,
      },
      databaseKind: read.DATABASE_URL.kind,
      databasePoolSize: read.DATABASE_POOL_SIZE,
      oauthState: read.OAUTH_STATE,
      identityProvider: identityProviderOf(read),
      corsOrigins: read.CORS_ORIGINS ?? [new URL(read.INSTAGRAM_REDIRECT_URI).origin],
      publicUrl: read.PUBLIC_URL ?? `http://localhost:${read.PORT}`,
      host: read.HOST,
      port: read.PORT,
      trustProxy: read.TRUST_PROXY,
      rateLimits: { authUrl: read.RATE_LIMIT_AUTH_URL, complete: read.RATE_LIMIT_COMPLETE },
      webhookRetentionMs: read.WEBHOOK_RETENTION,
      logLevel: read.LOG_LEVEL,
      logPretty: read.LOG_PRETTY,
      metrics: read.METRICS,
      fastPath: read.GRAPHQL_FAST_PATH,
      worker: read.WORKER,
    },
    secrets: {
      database: read.DATABASE_URL,
      instagramClientSecret: new Secret(read.INSTAGRAM_CLIENT_SECRET),
      facebookClientSecret: new Secret(read.FACEBOOK_CLIENT_SECRET ?? read.INSTAGRAM_CLIENT_SECRET),
      instagramClientSecretPrevious: secretOrNull(read.INSTAGRAM_CLIENT_SECRET_PREVIOUS),
      facebookClientSecretPrevious: secretOrNull(read.FACEBOOK_CLIENT_SECRET_PREVIOUS),
      verifyToken: secretOrNull(read.INSTAGRAM_VERIFY_TOKEN),
      encryptionKeys: read.TOKEN_ENCRYPTION_KEYS,
      adminApiKeys: read.ADMIN_API_KEYS,
      serviceApiKeys: read.SERVICE_API_KEYS,
      notify: signedTarget(read.NOTIFY_URL, read.NOTIFY_SECRET),
      events: signedTarget(read.EVENTS_URL, read.EVENTS_SECRET),
    },
  };
}

/**
 * The database alone, for the command that migrates it: nothing else has to be set then.
 *
 * @throws ConfigError
 */
export function readDatabaseLocation(env: Environment): DatabaseLocation {
  const problems: string[] = [];
  const { DATABASE_URL } = withSecretFiles(env, ['DATABASE_URL'], ['DATABASE_URL'], problems);
  const parsed = variables.shape.DATABASE_URL.safeParse(DATABASE_URL);
  problems.push(...(parsed.error?.issues ?? []).map(({ message }) => `DATABASE_URL: ${message}`));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return parsed.data;
}

function identityProviderOf({
  AUTH_JWKS_URL: jwksUrl,
  AUTH_ISSUER: issuer,
  AUTH_AUDIENCE: audience,
}: z.infer<typeof variables>): IdentityProvider | null {
  if (jwksUrl === undefined || issuer === undefined || audience === undefined) return null;
  return { jwksUrl, issuer, audience };
}

/** Judged by itself: whatever else is wrong, it is told at the same time. */
function sharesKey(values: Readonly<Record<string, string | undefined>>): boolean {
  const admins = variables.shape.ADMIN_API_KEYS.safeParse(values['ADMIN_API_KEYS']);
  const services = variables.shape.SERVICE_API_KEYS.safeParse(values['SERVICE_API_KEYS']);
  if (!admins.success || !services.success) return false;
  const keys = new Set(admins.data.map(({ key }) => key.reveal()));
  return services.data.some(({ key }) => keys.has(key.reveal()));
}

function secretOrNull(value: string | undefined): Secret | null {
  return value === undefined ? null : new Secret(value);
}

function signedTarget(url: string | undefined, secret: string | undefined): SignedTarget | null {
  return url === undefined || secret === undefined
    ? null
    : { url: new Secret(url), secret: new Secret(secret) };
}
