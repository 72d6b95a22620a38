import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { placeholders } from '../../src/config-values.js';
import { readConfig, variableNames, type Environment } from '../../src/config.js';
import {
  madeUpRingKey as ringKey,
  madeUpSecret as secret,
  problemsOf,
  requiredEnvironment as required,
} from '../support/environment.js';

/** The names of the variables that are wrong. */
function wrong(env: Environment): string[] {
  return problemsOf({ ...required, ...env }).map((problem) => problem.split(/[: ]/)[0] ?? '');
}

const base = [
  'https://meta.example',
  'https://meta.example/a/path',
  'http://127.0.0.1:4100/graph.facebook.com',
  'http://localhost:1',
  'http://127.0.0.2:1',
  'http://[::1]:1',
];
const notBase = [
  'meta.example',
  '//meta.example',
  'ftp://meta.example',
  'http://meta.example',
  'http://127.0.0.1.evil.example',
  'http://localhost.evil.example',
  'http://localhost@evil.example',
  'https://user:word@meta.example',
  'https://meta.example/?q=1',
  'https://meta.example/?',
  'https://meta.example/#',
  'https://meta.example/#x',
  'https://',
  'https:\\\\meta.example',
  'https://meta example',
];
const keysLike = (...items: string[]): string => items.join(',');

/** What each variable takes, and what it does not. */
const values: Readonly<Record<string, { good: readonly string[]; bad: readonly string[] }>> = {
  INSTAGRAM_CLIENT_ID: { good: ['1', 'any text'], bad: [...placeholders] },
  INSTAGRAM_CLIENT_SECRET: { good: ['x'], bad: [...placeholders] },
  INSTAGRAM_VERIFY_TOKEN: { good: ['x', 'any text'], bad: [...placeholders] },
  INSTAGRAM_CLIENT_SECRET_PREVIOUS: { good: ['x'], bad: [...placeholders] },
  FACEBOOK_CLIENT_SECRET_PREVIOUS: { good: ['x'], bad: [...placeholders] },
  INSTAGRAM_REDIRECT_URI: {
    good: [
      'https://a.example/cb',
      'https://a.example/cb/',
      'https://a.example/cb?x=1',
      'http://localhost:4000/instagram-callback',
    ],
    bad: [
      'a.example/cb',
      'http://a.example/cb',
      'https://a.example/cb#x',
      'https://a.example/cb#',
      'https://u:p@a.example/cb',
    ],
  },
  INSTAGRAM_SCOPES: { good: ['a', 'a,b', ' a , b '], bad: [',', ' , '] },
  INSTAGRAM_LOGIN_FLOW: { good: ['moca', 'instagram', 'facebook'], bad: ['MOCA', 'x', 'moca,facebook'] },
  META_GRAPH_VERSION: {
    good: ['v21.0', 'v25.0', 'v100.0'],
    bad: ['21.0', 'v21', 'V21.0', 'v21.0/', 'v21.00', '../v21.0'],
  },
  META_FACEBOOK_DIALOG_URL: { good: base, bad: notBase },
  META_INSTAGRAM_DIALOG_URL: { good: base, bad: notBase },
  META_INSTAGRAM_API_URL: { good: base, bad: notBase },
  META_INSTAGRAM_GRAPH_URL: { good: base, bad: notBase },
  META_FACEBOOK_GRAPH_URL: { good: base, bad: notBase },
  PUBLIC_URL: { good: base, bad: notBase },
  WEBHOOK_RETENTION: {
    good: ['1h', '36h', '1d', '7d', '9999d'],
    bad: ['7', 'd', '0d', '0h', '7 d', '7D', '1.5d', '-7d', '7w', '10000d', '7d,36h'],
  },
  DATABASE_URL: {
    good: [
      'sqlite:./x',
      'sqlite:/var/x.sqlite',
      'sqlite:x',
      'postgresql://localhost/moca',
      'postgres://moca:p%40ss@127.0.0.1:5433/moca',
      'postgresql://moca@[::1]/moca?application_name=one',
      'postgresql:///moca?host=/var/run/postgresql',
      'postgresql://db.example/moca?sslmode=verify-full',
      'postgresql://db.example/moca?sslmode=require',
      'postgresql://db/moca?sslmode=disable',
      `postgresql://db/moca?sslmode=verify-ca&sslrootcert=${import.meta.filename}`,
    ],
    bad: [
      'sqlite:',
      './x',
      'mysql://x',
      'postgres',
      'postgresql://',
      'postgresql:///moca',
      'postgresql://localhost',
      'postgresql://localhost/',
      'postgresql://localhost/a/b',
      'postgresql://moca:12/34@localhost/moca',
      'postgresql://localhost:12/34@db',
      'postgresql://one,two/moca',
      'postgresql://one:1,two:2/moca?sslmode=disable',
      'postgresql://localhost:99999/moca',
      'postgresql://db.example/moca',
      'postgresql://10.0.0.7/moca',
      'postgresql://localhost/moca?ssl=true',
      'postgresql://localhost/moca?sslmode=prefer',
      'postgresql://localhost/moca?sslmode=no-verify',
      'postgresql://localhost/moca?sslmode=',
      'postgresql://localhost/moca?sslmode=verify-ca',
      'postgresql://localhost/moca?sslmode=verify-full&sslrootcert=/not/there',
    ],
  },
  DATABASE_POOL_SIZE: { good: ['1', '10', '9999'], bad: ['0', '-1', '1.5', '10000', 'x', '0x10'] },
  TOKEN_ENCRYPTION_KEYS: {
    good: [
      `k:${ringKey}`,
      `k:${ringKey.slice(0, -1)}`,
      `a:${ringKey}, b_-9:${randomBytes(32).toString('base64url')}`,
    ],
    bad: [
      ringKey,
      `:${ringKey}`,
      'k:',
      `k:${randomBytes(31).toString('base64')}`,
      `k:${randomBytes(33).toString('base64')}`,
      `k:${randomBytes(16).toString('base64')}`,
      `k:${randomBytes(32).toString('hex')}`,
      `k:${ringKey.slice(0, 20)} ${ringKey.slice(20)}`,
      `k:!${ringKey}`,
      `k:${ringKey}:x`,
      `k.1:${ringKey}`,
      `${'k'.repeat(33)}:${ringKey}`,
      keysLike(`k:${ringKey}`, ''),
      keysLike(`k:${ringKey}`, `k:${randomBytes(32).toString('base64')}`),
      'k1:base64-of-32-random-bytes',
    ],
  },
  OAUTH_STATE: { good: ['optional', 'required'], bad: ['on', 'Required', 'true'] },
  CORS_ORIGINS: {
    good: ['https://a.example', 'https://a.example,http://localhost:5173'],
    bad: [
      '*',
      'null',
      'a.example',
      'https://a.example/',
      'https://a.example/x',
      'https://*.a.example/',
      'https://A.example',
      'https://a.example:443',
    ],
  },
  HOST: { good: ['127.0.0.1', '::', 'localhost'], bad: [] },
  PORT: { good: ['0', '80', '65535'], bad: ['65536', '-1', '1.5', '1e3', '0x50', 'http', '80,81'] },
  TRUST_PROXY: {
    good: [
      'true',
      'false',
      '0',
      '1',
      '3',
      'loopback',
      '10.0.0.1',
      '10.0.0.0/8, ::1',
      'uniquelocal,fe80::/10',
    ],
    bad: [
      'yes',
      '10.0.0',
      '10.0.0.0/33',
      '10.0.0.0/0',
      '::1/129',
      '*',
      '100',
      'loopback,',
      '10.0.0.0/8/8',
      '-1',
      'fe80::1%eth0',
    ],
  },
  RATE_LIMIT_AUTH_URL: {
    good: ['1/s', '60/min', '5/h', '5/sec', '5/hour'],
    bad: ['0/min', '60', '60/day', '/min', '1.5/min', '-1/min', '60/min/min'],
  },
  RATE_LIMIT_COMPLETE: { good: ['20/min'], bad: ['0/min', 'off'] },
  LOG_LEVEL: {
    good: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    bad: ['INFO', 'verbose', '30'],
  },
  LOG_PRETTY: { good: ['on', 'off', 'true', 'false', '1', '0'], bad: ['yes', 'ON', '2'] },
  METRICS: { good: ['on', 'off'], bad: ['yes', 'prometheus'] },
  GRAPHQL_FAST_PATH: { good: ['on', 'off'], bad: ['yes', 'fast'] },
  WORKER: { good: ['on', 'off'], bad: ['yes', 'no'] },
};
const apiKeyValues = {
  good: [`ada:${'x'.repeat(24)}`, `ada:${secret}, bob@b.example:${secret}:with:colons`],
  bad: [
    secret,
    `:${secret}`,
    'ada:',
    `ada:${'x'.repeat(23)}`,
    `ada:${'x'.repeat(20)}    `,
    `a b:${secret}`,
    `${'a'.repeat(65)}:${secret}`,
    `ada:${secret} and more`,
    `ada:${secret}é`,
    keysLike(`ada:${secret}`, ''),
    keysLike(`ada:${secret}`, `ada:${secret}2`),
  ],
};

describe.each(Object.entries({ ...values, ADMIN_API_KEYS: apiKeyValues, SERVICE_API_KEYS: apiKeyValues }))(
  '%s',
  (name, { good, bad }) => {
    test('takes every good form.', () => {
      for (const value of good)
        expect({ value, wrong: wrong({ [name]: value }) }).toEqual({ value, wrong: [] });
    });

    test('refuses every bad form by its name, once, and without the value.', () => {
      for (const value of bad) {
        const problems = problemsOf({ ...required, [name]: value });
        expect({ value, wrong: wrong({ [name]: value }) }).toEqual({ value, wrong: [name] });
        expect(problems[0]).toMatch(new RegExp(`^${name}: [a-z]`));
        expect(problems[0]).not.toContain(secret);
        expect(problems[0]).not.toContain(ringKey);
      }
    });
  },
);

test('Every variable of the code has its good and bad forms in this test.', () => {
  const tested = [
    ...Object.keys(values),
    'ADMIN_API_KEYS',
    'SERVICE_API_KEYS',
    'FACEBOOK_CLIENT_ID',
    'FACEBOOK_CLIENT_SECRET',
    'NOTIFY_URL',
    'NOTIFY_SECRET',
    'AUTH_JWKS_URL',
    'AUTH_ISSUER',
    'AUTH_AUDIENCE',
    'EVENTS_URL',
    'EVENTS_SECRET',
  ];
  expect(tested.toSorted()).toEqual([...variableNames].toSorted());
});

test('The three variables of an identity provider are set together, and its keys come by https.', () => {
  const provider = {
    AUTH_JWKS_URL: 'https://id.example/keys?app=1',
    AUTH_ISSUER: 'https://id.example/',
    AUTH_AUDIENCE: 'moca-connect',
  };
  const { config } = readConfig({ ...required, ...provider });
  expect(config.identityProvider).toEqual({
    jwksUrl: 'https://id.example/keys?app=1',
    issuer: 'https://id.example/',
    audience: 'moca-connect',
  });
  for (const name of Object.keys(provider)) {
    const together = ['AUTH_JWKS_URL, AUTH_ISSUER and AUTH_AUDIENCE: set all three or none'];
    expect(problemsOf({ ...required, ...provider, [name]: ' ' })).toEqual(together);
    expect(problemsOf({ ...required, [name]: provider.AUTH_JWKS_URL })).toEqual(together);
  }
  for (const url of [
    'http://id.example/keys',
    'https://ada:lovelace@id.example/keys',
    'id.example',
    'ftp://x',
  ]) {
    expect(problemsOf({ ...required, ...provider, AUTH_JWKS_URL: url })).toEqual([
      expect.stringMatching(/^AUTH_JWKS_URL: must be/),
    ]);
  }
});

test.each(['NOTIFY', 'EVENTS'])(
  '%s_URL and %s_SECRET are set together, the URL as safe as any.',
  (prefix) => {
    const [urlName, secretName] = [`${prefix}_URL`, `${prefix}_SECRET`];
    const env = { ...required, [urlName]: 'https://ops.example/hook?key=1', [secretName]: secret };
    expect(problemsOf(env)).toEqual([]);
    for (const name of [urlName, secretName]) {
      expect(problemsOf({ ...env, [name]: '' })).toEqual([
        `${urlName} and ${secretName}: set both or neither`,
      ]);
    }
    for (const url of [
      'http://ops.example/hook',
      'https://ada:lovelace@ops.example',
      'ftp://x',
      'https://x#y',
    ]) {
      expect(problemsOf({ ...env, [urlName]: url })).toEqual([
        expect.stringMatching(new RegExp(`^${urlName}: must be`)),
      ]);
    }
    // What the receiver has made up.
    expect(problemsOf({ ...env, [secretName]: 'short' })).toEqual([]);
  },
);
