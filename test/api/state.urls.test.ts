import { expect, test } from 'vitest';
import { AuthUrlDocument } from '../../src/generated/graphql.js';
import { challengeOf, createVerifier, readState, REDIRECT_URI } from '../support/states.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const INSTAGRAM_SCOPES =
  'instagram_business_basic,instagram_business_manage_messages,instagram_business_manage_comments,' +
  'instagram_business_content_publish,instagram_business_manage_insights';

const flows = [
  {
    flow: 'moca',
    dialog: 'META_FACEBOOK_DIALOG_URL',
    path: '/v21.0/dialog/oauth',
    scope: `${INSTAGRAM_SCOPES},pages_show_list,pages_messaging`,
    reauth: { auth_type: 'reauthenticate' },
  },
  {
    flow: 'instagram',
    dialog: 'META_INSTAGRAM_DIALOG_URL',
    path: '/oauth/authorize',
    scope: INSTAGRAM_SCOPES,
    reauth: { force_reauth: 'true' },
  },
  {
    flow: 'facebook',
    dialog: 'META_FACEBOOK_DIALOG_URL',
    path: '/v21.0/dialog/oauth',
    scope:
      'instagram_basic,pages_show_list,pages_read_engagement,instagram_manage_messages,pages_messaging,' +
      'pages_manage_metadata,instagram_manage_comments,instagram_content_publish,instagram_manage_insights,' +
      'business_management',
    reauth: { auth_type: 'reauthenticate' },
  },
] as const;

async function authUrl(
  moca: TestApp,
  variables: { challenge?: string; forceReauth?: boolean } = {},
): Promise<URL> {
  return new URL((await moca.visitor.send(AuthUrlDocument, variables)).authUrl);
}

test.each(flows)(
  "The URL of the $flow flow is the dialog's, with the documented parameters and no others.",
  async ({ flow, dialog, path, scope }) => {
    await using moca = await createTestApp({ flow });
    const url = await authUrl(moca);
    expect(`${url.origin}${url.pathname}`).toBe(`${moca.env[dialog]}${path}`);
    const { state, ...parameters } = Object.fromEntries(url.searchParams);
    expect(parameters).toEqual({
      client_id: moca.env['INSTAGRAM_CLIENT_ID'],
      redirect_uri: REDIRECT_URI,
      response_type: 'code',
      scope,
    });
    expect(readState(state ?? '')).toMatchObject({ flow, ch: null });
    expect(url.hash).toBe('');
  },
);

test.each(flows)(
  'In the $flow flow, forceReauth adds the parameter that this dialog knows.',
  async ({ flow, reauth }) => {
    await using moca = await createTestApp({ flow });
    const before = Object.keys(Object.fromEntries((await authUrl(moca)).searchParams));
    const parameters = Object.fromEntries((await authUrl(moca, { forceReauth: true })).searchParams);
    expect(parameters).toMatchObject(reauth);
    expect(Object.keys(parameters).sort()).toEqual([...before, ...Object.keys(reauth)].sort());
  },
);

test.each(flows)('In the $flow flow, INSTAGRAM_SCOPES replaces the scopes.', async ({ flow }) => {
  const scopes = flow === 'facebook' ? 'instagram_basic' : 'instagram_business_basic';
  await using moca = await createTestApp({
    flow,
    env: { INSTAGRAM_SCOPES: ` ${scopes} , pages_show_list,` },
  });
  expect((await authUrl(moca)).searchParams.get('scope')).toBe(`${scopes},pages_show_list`);
});

test('META_GRAPH_VERSION is the version of the dialog of Facebook, and of it alone.', async () => {
  await using moca = await createTestApp({ env: { META_GRAPH_VERSION: 'v25.0' } });
  expect((await authUrl(moca)).pathname).toMatch(/\/v25\.0\/dialog\/oauth$/);
  await using instagram = await createTestApp({ flow: 'instagram', env: { META_GRAPH_VERSION: 'v25.0' } });
  expect((await authUrl(instagram)).href).not.toContain('v25.0');
});

test('In the facebook flow the dialog is asked as the Meta app, where it has a pair of its own.', async () => {
  const pair = { FACEBOOK_CLIENT_ID: '990000000000777', FACEBOOK_CLIENT_SECRET: 'made-up-secret-of-a-test' };
  await using facebook = await createTestApp({ flow: 'facebook', env: pair });
  expect((await authUrl(facebook)).searchParams.get('client_id')).toBe('990000000000777');
  await using moca = await createTestApp({ env: pair });
  expect((await authUrl(moca)).searchParams.get('client_id')).toBe(moca.env['INSTAGRAM_CLIENT_ID']);
});

test('The redirect URI of the configuration is sent byte by byte as it stands there.', async () => {
  const redirectUri = 'https://moca.example.com/a%20b/callback?from=meta';
  await using moca = await createTestApp({ env: { INSTAGRAM_REDIRECT_URI: redirectUri } });
  expect((await authUrl(moca)).searchParams.get('redirect_uri')).toBe(redirectUri);
});

test('The challenge of the page goes into the state.', async () => {
  await using moca = await createTestApp({ env: { OAUTH_STATE: 'required' } });
  const challenge = challengeOf(createVerifier());
  const url = await authUrl(moca, { challenge });
  expect(readState(url.searchParams.get('state') ?? '')).toMatchObject({ ch: challenge });
  // Meta does not document PKCE here: nothing of it is sent.
  expect(url.searchParams.has('code_challenge')).toBe(false);
});

test.each([
  ['empty', ''],
  ['a character short', 'a'.repeat(42)],
  ['a character long', 'a'.repeat(44)],
  ['padded', `${'a'.repeat(42)}=`],
  ['in the other base64', `${'a'.repeat(42)}+`],
  ['not ASCII', `${'a'.repeat(42)}é`],
  ['followed by a line break', `${'a'.repeat(43)}\n`],
  ['of 20 kB', 'a'.repeat(20_000)],
])(
  'A challenge that is %s is refused, whatever the policy, and is not repeated.',
  async (_what, challenge) => {
    for (const policy of ['optional', 'required']) {
      await using moca = await createTestApp({ env: { OAUTH_STATE: policy } });
      const failure = await moca.visitor.fail(AuthUrlDocument, { challenge });
      expect(failure.extensions.code).toBe('BAD_USER_INPUT');
      expect(failure.message).toBe('challenge: must be the base64url SHA-256 of a verifier (43 characters).');
    }
  },
);

test('With OAUTH_STATE=required there is no URL without a challenge.', async () => {
  await using moca = await createTestApp({ env: { OAUTH_STATE: 'required' } });
  const failure = await moca.visitor.fail(AuthUrlDocument, {});
  expect(failure).toMatchObject({
    message: 'challenge: is required.',
    extensions: { code: 'BAD_USER_INPUT', retryable: false },
  });
});

test('With OAUTH_STATE=optional a URL without a challenge is given out, and the log says that nothing binds it.', async () => {
  await using moca = await createTestApp();
  await authUrl(moca, { challenge: challengeOf(createVerifier()) });
  expect(moca.log.join('')).not.toContain('auth.unbound');
  await authUrl(moca);
  expect(moca.log.filter((line) => line.includes('"auth.unbound","call":"authUrl"'))).toHaveLength(1);
});

test('Asking for URLs writes nothing and calls nobody.', async () => {
  await using moca = await createTestApp();
  await Promise.all(Array.from({ length: 20 }, () => authUrl(moca)));
  expect(moca.sandbox.ledger.calls()).toEqual([]);
  const { connectionAttempts } = await moca.admin.raw<{ connectionAttempts: { edges: unknown[] } }>(
    '{ connectionAttempts { edges { cursor } } }',
  );
  expect(connectionAttempts.edges).toEqual([]);
});
