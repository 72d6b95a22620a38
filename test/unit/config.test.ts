import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import {
  ConfigError,
  readConfig,
  readDatabaseLocation,
  variableNames,
  type Environment,
} from '../../src/config.js';
import {
  madeUpRingKey as ringKey,
  madeUpSecret as secret,
  problemsOf,
  requiredEnvironment as required,
} from '../support/environment.js';

function read(env: Environment = {}) {
  return readConfig({ ...required, ...env });
}

/** The names of the variables that are wrong. */
function wrong(env: Environment): string[] {
  return problemsOf({ ...required, ...env }).map((problem) => problem.split(/[: ]/)[0] ?? '');
}

test('With the required variables alone, everything else has its documented default.', () => {
  const { config, secrets } = read();
  expect(secrets.database).toEqual({ kind: 'sqlite', path: './data/moca.sqlite' });
  expect(config).toEqual({
    instagramClientId: '1234',
    facebookClientId: '1234',
    flow: 'moca',
    redirectUri: 'https://moca.pages.dev/instagram-callback',
    scopes: null,
    graphVersion: 'v21.0',
    hosts: {
      facebookDialog: 'https://www.facebook.com',
      instagramDialog: 'https://www.instagram.com',
      instagramApi: 'https://api.instagram.com',
      instagramGraph: 'https://graph.instagram.com',
      facebookGraph: 'https://graph.facebook.com',
    },
    databaseKind: 'sqlite',
    databasePoolSize: 10,
    oauthState: 'optional',
    identityProvider: null,
    corsOrigins: ['https://moca.pages.dev'],
    publicUrl: 'http://localhost:4000',
    host: '0.0.0.0',
    port: 4000,
    trustProxy: false,
    rateLimits: {
      authUrl: { maximum: 60, windowMs: 60_000 },
      complete: { maximum: 20, windowMs: 60_000 },
    },
    webhookRetentionMs: 7 * 24 * 3_600_000,
    logLevel: 'info',
    logPretty: false,
    metrics: true,
    fastPath: true,
    worker: true,
  });
});

test('An empty or blank variable counts as not set, and blanks around a value do not belong to it.', () => {
  const empty = Object.fromEntries(variableNames.map((name) => [name, name in required ? undefined : '']));
  const blank = Object.fromEntries(
    variableNames.map((name) => [name, name in required ? undefined : ' \t ']),
  );
  expect(readConfig({ ...empty, ...required })).toEqual(read());
  expect(readConfig({ ...blank, ...required })).toEqual(read());
  expect(read({ PORT: ' 80 ', INSTAGRAM_LOGIN_FLOW: 'facebook\n' }).config).toMatchObject({
    port: 80,
    flow: 'facebook',
  });
  expect(problemsOf({ ...required, INSTAGRAM_CLIENT_ID: '' })).toEqual(['INSTAGRAM_CLIENT_ID: is missing']);
});

test('Every problem is told at once, by the name of its variable and never by a value.', () => {
  const env = Object.fromEntries(variableNames.map((name) => [name, `!!! ${secret} ???`]));
  const problems = problemsOf({ ...env, FACEBOOK_CLIENT_SECRET: undefined });
  const anyText = [
    'INSTAGRAM_CLIENT_ID',
    'INSTAGRAM_CLIENT_SECRET',
    'INSTAGRAM_VERIFY_TOKEN',
    'FACEBOOK_CLIENT_SECRET',
    'INSTAGRAM_CLIENT_SECRET_PREVIOUS',
    'FACEBOOK_CLIENT_SECRET_PREVIOUS',
    'INSTAGRAM_SCOPES',
    'HOST',
    'NOTIFY_SECRET',
    'AUTH_ISSUER',
    'AUTH_AUDIENCE',
    'EVENTS_SECRET',
  ];
  for (const name of variableNames.filter((one) => !anyText.includes(one))) {
    expect(problems.filter((problem) => problem.startsWith(name)).length).toBeGreaterThan(0);
  }
  expect(problems.join('\n')).not.toContain(secret);
  expect(inspect(new ConfigError(problems))).not.toContain(secret);
  expect(new Set(problems).size).toBe(problems.length);
});

test('Nothing set at all names exactly the three required variables.', () => {
  expect(problemsOf({})).toEqual([
    'INSTAGRAM_CLIENT_ID: is missing',
    'INSTAGRAM_CLIENT_SECRET: is missing',
    'TOKEN_ENCRYPTION_KEYS: is missing',
  ]);
});

test("The Meta app's pair is taken whole, or is the Instagram pair.", () => {
  const pair = { FACEBOOK_CLIENT_ID: '5678', FACEBOOK_CLIENT_SECRET: `${secret}2` };
  const { config, secrets } = read(pair);
  expect(config).toMatchObject({ instagramClientId: '1234', facebookClientId: '5678' });
  expect(secrets.instagramClientSecret.reveal()).toBe(secret);
  expect(secrets.facebookClientSecret.reveal()).toBe(`${secret}2`);
  expect(read().secrets.facebookClientSecret.reveal()).toBe(secret);
  for (const name of ['FACEBOOK_CLIENT_ID', 'FACEBOOK_CLIENT_SECRET'] as const) {
    expect(problemsOf({ ...required, [name]: pair[name] })).toEqual([
      'FACEBOOK_CLIENT_ID and FACEBOOK_CLIENT_SECRET: set both or neither',
    ]);
    expect(wrong({ ...pair, [name]: 'your-meta-app-id' })).toEqual([name]);
  }
});

test('What was read is what was written: URLs, scopes, origins, limits, keys.', () => {
  const { config, secrets } = read({
    META_FACEBOOK_GRAPH_URL: 'http://127.0.0.1:4100/graph.facebook.com///',
    INSTAGRAM_REDIRECT_URI: 'https://a.example/cb/?x=1',
    INSTAGRAM_SCOPES: ' one, two,,three ',
    RATE_LIMIT_COMPLETE: '7/h',
    TRUST_PROXY: '2',
    DATABASE_URL: 'sqlite:/var/lib/moca/moca.sqlite',
    TOKEN_ENCRYPTION_KEYS: `new:${ringKey},old:${randomBytes(32).toString('base64')}`,
    ADMIN_API_KEYS: `ada:${secret}:x`,
    SERVICE_API_KEYS: `worker:${secret}2`,
    WORKER: 'off',
    LOG_PRETTY: '1',
  });
  expect(config).toMatchObject({
    hosts: { facebookGraph: 'http://127.0.0.1:4100/graph.facebook.com' },
    redirectUri: 'https://a.example/cb/?x=1',
    corsOrigins: ['https://a.example'],
    scopes: ['one', 'two', 'three'],
    rateLimits: { complete: { maximum: 7, windowMs: 3_600_000 } },
    trustProxy: 2,
    worker: false,
    logPretty: true,
  });
  expect(secrets.database).toEqual({ kind: 'sqlite', path: '/var/lib/moca/moca.sqlite' });
  expect(secrets.encryptionKeys.map(({ id }) => id)).toEqual(['new', 'old']);
  expect(secrets.encryptionKeys[0]?.bytes.toString('base64')).toBe(ringKey);
  expect(secrets.adminApiKeys.map(({ name, key }) => [name, key.reveal()])).toEqual([['ada', `${secret}:x`]]);
  expect(secrets.serviceApiKeys.map(({ name }) => name)).toEqual(['worker']);
});

test('The part that may be logged holds no secret, and the other part does not show any.', () => {
  const { config, secrets } = read({
    ADMIN_API_KEYS: `ada:${secret}`,
    SERVICE_API_KEYS: `worker:${secret}2`,
    DATABASE_URL: `postgresql://moca:${secret}@localhost/moca`,
  });
  expect(JSON.stringify(config)).not.toContain(secret);
  const shown = inspect(config, { depth: 9 }) + inspect({ ...secrets, encryptionKeys: [] }, { depth: 9 });
  expect(shown + JSON.stringify({ ...secrets, encryptionKeys: [] })).not.toContain(secret);
});

test("This server's own address, what Meta signs and verifies with, and the retention are read as written.", () => {
  const { config, secrets } = read({
    PORT: '4321',
    INSTAGRAM_VERIFY_TOKEN: 'a verify token',
    INSTAGRAM_CLIENT_SECRET_PREVIOUS: `${secret}-before`,
    FACEBOOK_CLIENT_SECRET_PREVIOUS: `${secret}-older`,
    EVENTS_URL: 'https://services.example/events?key=1',
    EVENTS_SECRET: `${secret}-of-events`,
    WEBHOOK_RETENTION: '48h',
  });
  expect(config).toMatchObject({ publicUrl: 'http://localhost:4321', webhookRetentionMs: 48 * 3_600_000 });
  expect(read({ PUBLIC_URL: 'https://moca.example/api/' }).config.publicUrl).toBe('https://moca.example/api');
  expect(secrets.verifyToken?.reveal()).toBe('a verify token');
  expect(secrets.instagramClientSecretPrevious?.reveal()).toBe(`${secret}-before`);
  expect(secrets.facebookClientSecretPrevious?.reveal()).toBe(`${secret}-older`);
  expect(secrets.events?.url.reveal()).toBe('https://services.example/events?key=1');
  expect(secrets.events?.secret.reveal()).toBe(`${secret}-of-events`);
  expect(read().secrets).toMatchObject({
    verifyToken: null,
    events: null,
    instagramClientSecretPrevious: null,
    facebookClientSecretPrevious: null,
  });
});

test('The command that migrates reads where the database is, and nothing else.', () => {
  expect(readDatabaseLocation({})).toEqual({ kind: 'sqlite', path: './data/moca.sqlite' });
  expect(readDatabaseLocation({ DATABASE_URL: ' sqlite:/x ' })).toEqual({ kind: 'sqlite', path: '/x' });
  expect(() => readDatabaseLocation({ DATABASE_URL: `mysql://${secret}` })).toThrow(/DATABASE_URL: must be/);
  expect(() => readDatabaseLocation({ DATABASE_URL_FILE: '/not/there' })).toThrow(
    /DATABASE_URL_FILE: the file/,
  );
});

test('A key that is both an admin key and a service key is refused: its role would be left to chance.', () => {
  const key = secret;
  expect(problemsOf({ ...required, ADMIN_API_KEYS: `ada:${key}`, SERVICE_API_KEYS: `svc:${key}` })).toEqual([
    'ADMIN_API_KEYS and SERVICE_API_KEYS: hold the same key, whose role would be left to chance',
  ]);
});

test('That a key is shared is told together with whatever else is wrong.', () => {
  const keys = { ADMIN_API_KEYS: `ada:${secret}`, SERVICE_API_KEYS: `svc:${secret}` };
  expect(problemsOf({ ...required, ...keys, INSTAGRAM_CLIENT_ID: '', PORT: 'x' })).toEqual([
    'INSTAGRAM_CLIENT_ID: is missing',
    'PORT: must be a port number',
    'ADMIN_API_KEYS and SERVICE_API_KEYS: hold the same key, whose role would be left to chance',
  ]);
});
