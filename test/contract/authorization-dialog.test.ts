import { expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/sandbox.js';
import { authorizationUrl, get, REDIRECT_URI, send } from './visitor.js';

test('the consent page works without scripts and offers every persona and a way to cancel', async () => {
  await using sandbox = await createSandbox();
  const page = await get(authorizationUrl(sandbox, 'facebook'));
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toContain('text/html');
  expect(page.text).not.toContain('<script');
  expect(page.text).not.toMatch(/\sstyle=|\son\w+=/);
  const offered = [...page.text.matchAll(/<button name="persona" value="([^"]*)"/g)].map((match) => match[1]);
  expect(offered).toEqual([...sandbox.personas.map((persona) => persona.id), '']);
  for (const persona of sandbox.personas) expect(page.text).toContain(persona.title);
});

test("the consent page's policy lets its form lead to the app and nothing else run", async () => {
  await using sandbox = await createSandbox();
  const page = await get(authorizationUrl(sandbox, 'instagram'));
  const policy = page.headers.get('content-security-policy');
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("form-action 'self' https://moca.pages.dev");
  expect(policy).not.toContain('unsafe');
  const stylesheet = /<link rel="stylesheet" href="([^"]+)">/.exec(page.text)?.[1];
  const style = await get(new URL(stylesheet ?? 'absent', sandbox.url).href);
  expect(style.headers.get('content-type')).toContain('text/css');
});

test('consent at Instagram leads back with a code, the state and the fragment #_', async () => {
  await using sandbox = await createSandbox();
  const state = 'strange &=# state/ü';
  const back = await sandbox.consent(authorizationUrl(sandbox, 'instagram', { state }), 'page-token');
  expect(back.origin + back.pathname).toBe(REDIRECT_URI);
  expect(back.searchParams.get('code')).toMatch(/^AQsandbox\w{100,}$/);
  expect(back.searchParams.get('state')).toBe(state);
  expect(back.hash).toBe('#_');
});

test.for(['documented', 'facebook'] as const)(
  'consent at Facebook leads back with the fragment #_=_ in the %s world',
  async (world) => {
    await using sandbox = await createSandbox();
    const back = await sandbox.consent(authorizationUrl(sandbox, world), 'page-token');
    expect(back.searchParams.has('code')).toBe(true);
    expect(back.hash).toBe('#_=_');
  },
);

test('state is left out of the way back when the app sent none', async () => {
  await using sandbox = await createSandbox();
  const url = new URL(authorizationUrl(sandbox, 'instagram'));
  url.searchParams.delete('state');
  const back = await sandbox.consent(url.href, 'page-token');
  expect([...back.searchParams.keys()]).toEqual(['code']);
});

test.for(['denied', ''])(
  'the choice "%s" is a refusal in the words of the host that asked',
  async (choice) => {
    await using sandbox = await createSandbox();
    const atInstagram = await sandbox.consent(authorizationUrl(sandbox, 'instagram'), choice);
    expect(Object.fromEntries(atInstagram.searchParams)).toEqual({
      error: 'access_denied',
      error_reason: 'user_denied',
      error_description: 'The user denied your request',
      state: 'a-state',
    });
    expect(atInstagram.search).toContain('The+user+denied+your+request');
    const atFacebook = await sandbox.consent(authorizationUrl(sandbox, 'facebook'), choice);
    expect(Object.fromEntries(atFacebook.searchParams)).toEqual({
      error: 'access_denied',
      error_reason: 'user_denied',
      error_description: 'Permissions error',
      state: 'a-state',
    });
  },
);

test.for([
  ['facebook', `${REDIRECT_URI}/`, 'URL Blocked'],
  ['facebook', REDIRECT_URI.replace('https', 'http'), 'URL Blocked'],
  ['instagram', `${REDIRECT_URI}?tenant=1`, 'Invalid redirect_uri'],
  ['instagram', REDIRECT_URI.toUpperCase(), 'Invalid redirect_uri'],
] as const)('in the %s world the redirect URI %s is refused on a page, not by a redirect', async (row) => {
  const [world, redirect_uri, text] = row;
  await using sandbox = await createSandbox();
  const url = authorizationUrl(sandbox, world, { redirect_uri });
  const page = await get(url);
  expect(page.status).toBe(400);
  expect(page.headers.get('location')).toBeNull();
  expect(page.text).toContain(text);
  const forced = await send('POST', url, { persona: 'page-token' });
  expect(forced.status).toBe(400);
  expect(forced.headers.get('location')).toBeNull();
  await expect(sandbox.consent(url, 'page-token')).rejects.toThrow(text);
});

test('a redirect URI that is added later is known from then on', async () => {
  await using sandbox = await createSandbox();
  const redirect_uri = 'http://localhost:4000/instagram-callback?from=meta';
  const url = authorizationUrl(sandbox, 'facebook', { redirect_uri });
  await expect(sandbox.consent(url, 'page-token')).rejects.toThrow('URL Blocked');
  sandbox.addRedirectUri(redirect_uri);
  const back = await sandbox.consent(url, 'page-token');
  expect(back.href).toMatch(/^http:\/\/localhost:4000\/instagram-callback\?from=meta&code=/);
});

test.for([
  ['facebook', 'instagram', 'Invalid App ID'],
  ['instagram', 'facebook', 'Invalid platform app'],
  ['instagram', 'documented', 'Invalid platform app'],
] as const)("%s's dialog does not know the %s app", async ([dialog, app, text]) => {
  await using sandbox = await createSandbox();
  const page = await get(authorizationUrl(sandbox, dialog, { client_id: sandbox.apps[app].clientId }));
  expect(page.status).toBe(400);
  expect(page.text).toContain(text);
});

test('a client id that nobody has is refused on a page', async () => {
  await using sandbox = await createSandbox();
  const page = await get(authorizationUrl(sandbox, 'facebook', { client_id: '1234567890' }));
  expect(page.status).toBe(400);
  expect(page.text).toContain('Invalid App ID');
});

test.for([
  ['instagram', 'user_profile', 'Invalid scope: user_profile'],
  ['instagram', 'instagram_business_basic,pages_show_list', 'Invalid scope: pages_show_list'],
  ['instagram', 'instagram_business_manage_messages', 'Invalid scope'],
  ['facebook', 'instagram_basic,instagram_business_basic', 'Invalid Scopes: instagram_business_basic'],
  ['documented', 'business_basic', 'Invalid Scopes: business_basic'],
] as const)('the %s world refuses the scopes %s on a page', async ([world, scope, text]) => {
  await using sandbox = await createSandbox();
  const page = await get(authorizationUrl(sandbox, world, { scope }));
  expect(page.status).toBe(400);
  expect(page.text).toContain(text);
});

test('scopes may be separated by spaces', async () => {
  await using sandbox = await createSandbox();
  const scope = ' instagram_business_basic,  instagram_business_manage_messages ';
  const page = await get(authorizationUrl(sandbox, 'instagram', { scope }));
  expect(page.status).toBe(200);
  expect(page.text).toContain('<code>instagram_business_manage_messages</code>');
});

test('a response type other than code is refused on a page', async () => {
  await using sandbox = await createSandbox();
  expect((await get(authorizationUrl(sandbox, 'instagram', { response_type: 'token' }))).status).toBe(400);
  expect((await get(authorizationUrl(sandbox, 'facebook', { response_type: 'token' }))).status).toBe(400);
});

test('PKCE and unknown parameters are ignored, and the ledger tells how the person was asked to log in', async () => {
  await using sandbox = await createSandbox();
  const extra = { code_challenge: 'abc', code_challenge_method: 'S256', nonsense: '1' };
  await sandbox.consent(
    authorizationUrl(sandbox, 'instagram', { ...extra, force_reauth: 'true' }),
    'page-token',
  );
  await sandbox.consent(authorizationUrl(sandbox, 'facebook', { auth_type: 'reauthenticate' }), 'page-token');
  const [first, second] = sandbox.ledger.calls({ endpoint: 'dialog' });
  expect(first?.params['force_reauth']).toBe('true');
  expect(second?.params['auth_type']).toBe('reauthenticate');
  expect(sandbox.ledger.count({ endpoint: 'consent', persona: 'page-token' })).toBe(2);
});

test("Instagram's dialog answers at its older host too", async () => {
  await using sandbox = await createSandbox();
  const url = authorizationUrl(sandbox, 'instagram').replace('www.instagram.com', 'api.instagram.com');
  expect((await sandbox.consent(url, 'page-token')).hash).toBe('#_');
});

test('text from the address reaches the page only as text', async () => {
  await using sandbox = await createSandbox();
  const scope = 'instagram_business_basic,<img/src=x>';
  const page = await get(authorizationUrl(sandbox, 'instagram', { scope }));
  expect(page.text).toContain('&lt;img/src=x&gt;');
  expect(page.text).not.toContain('<img');
});

test('somebody who is no persona cannot consent', async () => {
  await using sandbox = await createSandbox();
  const url = authorizationUrl(sandbox, 'facebook');
  await expect(sandbox.consent(url, 'nobody')).rejects.toThrow('There is no persona');
  const elsewhere = sandbox.consent('https://www.facebook.com/dialog/oauth', 'denied');
  await expect(elsewhere).rejects.toThrow('does not lead to this sandbox');
  await expect(sandbox.consent(`${url}&client_id=1`, 'denied')).rejects.toThrow(
    /^The dialog offers nothing to consent to: Invalid App ID The provided app ID/,
  );
});

test('a configuration stands for all scopes of Facebook Login for Business', async () => {
  await using sandbox = await createSandbox();
  const url = new URL(authorizationUrl(sandbox, 'facebook', { config_id: '1234' }));
  url.searchParams.delete('scope');
  expect((await get(url.href)).text).toContain('<code>business_management</code>');
  url.searchParams.delete('config_id');
  const plain = await get(url.href);
  expect(plain.text).toContain('<code>public_profile</code>');
  expect(plain.text).not.toContain('<code>business_management</code>');
  const both = authorizationUrl(sandbox, 'facebook', { config_id: '1234', scope: 'instagram_basic' });
  expect((await get(both)).text).not.toContain('<code>business_management</code>');
});

test('the consent page says which site it stands in for', async () => {
  await using sandbox = await createSandbox();
  expect((await get(authorizationUrl(sandbox, 'instagram'))).text).toContain('not Instagram.');
  expect((await get(authorizationUrl(sandbox, 'facebook'))).text).toContain('not Facebook.');
});

test("an app's own scheme can be the way back, and the page's policy allows it", async () => {
  const redirect_uri = 'moca-app://callback';
  await using sandbox = await createSandbox({ redirectUris: [redirect_uri] });
  const url = authorizationUrl(sandbox, 'facebook', { redirect_uri });
  const policy = (await get(url)).headers.get('content-security-policy');
  expect(policy).toContain("form-action 'self' moca-app:;");
  expect((await sandbox.consent(url, 'page-token')).protocol).toBe('moca-app:');
});

test.for(['page-token#0', 'page-token#x', 'page-token#1x', '#1', 'xpage-token', 'page-token#1234567'])(
  '%s is nobody',
  async (persona) => {
    await using sandbox = await createSandbox();
    const consent = sandbox.consent(authorizationUrl(sandbox, 'facebook'), persona);
    await expect(consent).rejects.toThrow(`There is no persona ${persona}.`);
  },
);
