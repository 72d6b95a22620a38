import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { entryKinds } from '../../src/sandbox/push/entries.js';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { HOUR, MINUTE } from '../../src/time.js';
import { codeOf, facebook, get, instagram, longToken, refusal, send } from './visitor.js';

interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An app's server that answers everything with one status, and keeps what came. */
async function createApp(body = 'OK') {
  const arrived: Arrived[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    void text(request).then((content) => {
      arrived.push({
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: content,
      });
      const challenge = new URL(request.url ?? '', 'http://x').searchParams.get('hub.challenge');
      response.writeHead(status).end(challenge ?? body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived,
    answerWith: (next: number) => {
      status = next;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Connects as an app does, and subscribes to the account. */
async function subscribe(sandbox: Sandbox, persona = 'page-token'): Promise<string> {
  const token = await longToken(sandbox, 'instagram', persona);
  const { body } = await instagram(sandbox, 'me', token, { fields: 'user_id' });
  const id = String(/\d{17}/.exec(JSON.stringify(body))?.[0]);
  // Above 2^53: read from the text.
  const { text: raw } = await instagram(sandbox, 'me', token, { fields: 'user_id' });
  const exact = /1784\d{13}/.exec(raw)?.[0] ?? id;
  await send('POST', `${sandbox.hosts.instagramGraph}/v21.0/${exact}/subscribed_apps`, {
    access_token: token,
    subscribed_fields: 'comments,messages',
  });
  return exact;
}

describe('Subscriptions', () => {
  test('are made, listed and ended by the account’s number and its token', async () => {
    await using sandbox = await createSandbox();
    const token = await longToken(sandbox, 'instagram', 'page-token');
    const { text: raw } = await instagram(sandbox, 'me', token, { fields: 'user_id' });
    const id = /1784\d{13}/.exec(raw)?.[0] ?? '';
    const url = `${sandbox.hosts.instagramGraph}/v21.0/${id}/subscribed_apps`;
    const list = () => get(url, { access_token: token });
    expect((await list()).body).toEqual({ data: [] });
    const wanted = { access_token: token, subscribed_fields: 'comments,messages' };
    expect((await send('POST', url, wanted)).body).toEqual({ success: true });
    expect((await list()).body).toEqual({
      data: [{ id: sandbox.apps.instagram.clientId, subscribed_fields: ['comments', 'messages'] }],
    });
    expect((await send('DELETE', url, { access_token: token })).body).toEqual({ success: true });
    expect((await list()).body).toEqual({ data: [] });
    for (const subscribed_fields of ['', 'feed', 'comments,nonsense']) {
      const answer = await send('POST', url, { access_token: token, subscribed_fields });
      expect(refusal(answer)).toMatchObject({ code: 100 });
    }
    const other = url.replace(id, '17841400000000001');
    expect(refusal(await send('POST', other, wanted))).toMatchObject({ code: 100, subcode: 33 });
  });

  test('of a page need its own token and the permission to manage it', async () => {
    await using sandbox = await createSandbox();
    const scope = 'instagram_basic,pages_show_list,pages_manage_metadata';
    const tokens = [
      await longToken(sandbox, 'facebook', 'page-token', { scope }),
      await longToken(sandbox, 'facebook', 'page-token#2'),
    ];
    const answers = [];
    for (const token of tokens) {
      const [page] = (await facebook(sandbox, 'me/accounts', token)).body.data;
      const url = `${sandbox.hosts.facebookGraph}/v21.0/${page.id}/subscribed_apps`;
      const fields = { subscribed_fields: 'feed' };
      expect(refusal(await send('POST', url, { ...fields, access_token: token }))).toMatchObject({
        code: 100,
      });
      answers.push(await send('POST', url, { ...fields, access_token: page.access_token }));
      const comments = { subscribed_fields: 'comments', access_token: page.access_token };
      expect((await send('POST', url, comments)).status).toBeGreaterThanOrEqual(400);
    }
    expect(answers[0]?.body).toEqual({ success: true });
    expect(answers[1]?.body.error).toMatchObject({ code: 200 });
  });
});

describe('Notifications', () => {
  test('are signed over the escaped bytes, with the headers of real ones, by the app that subscribed', async () => {
    await using sandbox = await createSandbox();
    await using app = await createApp();
    sandbox.push.connectTo(`${app.url}/`);
    const id = await subscribe(sandbox);
    await sandbox.push.notify('page-token', 'message', { text: 'schöne Grüße / ☕' });
    const [arrived] = app.arrived;
    expect(arrived).toMatchObject({
      method: 'POST',
      url: '/webhooks/instagram',
      headers: { 'user-agent': 'facebookexternalua', 'content-type': 'application/json' },
    });
    expect(arrived?.body).toContain(String.raw`sch\u00f6ne Gr\u00fc\u00dfe \/ \u2615`);
    const { clientSecret } = sandbox.apps.instagram;
    for (const [header, algorithm] of [
      ['x-hub-signature-256', 'sha256'],
      ['x-hub-signature', 'sha1'],
    ] as const) {
      const mac = createHmac(algorithm, clientSecret)
        .update(arrived?.body ?? '')
        .digest('hex');
      expect(arrived?.headers[header]).toBe(`${algorithm}=${mac}`);
    }
    expect(JSON.parse(arrived?.body ?? '')).toMatchObject({ object: 'instagram', entry: [{ id }] });
  });

  test('come in every kind, in batches, repeated, and in an array where somebody wants that', async () => {
    await using sandbox = await createSandbox();
    await using app = await createApp();
    sandbox.push.connectTo(app.url);
    await subscribe(sandbox);
    for (const kind of entryKinds) await sandbox.push.notify('page-token', kind);
    expect(app.arrived).toHaveLength(entryKinds.length);
    await sandbox.push.notify('page-token', 'comment', { updates: 1_000, times: 3, wrapped: true });
    const bodies = app.arrived.slice(-3).map(({ body }) => body);
    expect(new Set(bodies).size).toBe(1);
    const [notification] = JSON.parse(bodies[0] ?? '') as Array<{ entry: object[] }>;
    expect(notification?.entry).toHaveLength(1_000);
  });

  test('are not sent about somebody to whom no app has subscribed, or who is nobody', async () => {
    await using sandbox = await createSandbox();
    await using app = await createApp();
    sandbox.push.connectTo(app.url);
    await expect(sandbox.push.notify('page-token', 'message')).rejects.toThrow('connect first');
    await expect(sandbox.push.notify('nobody', 'message')).rejects.toThrow(TypeError);
    expect(app.arrived).toEqual([]);
  });

  test('that are not taken come again at once, then ever less often for 36 hours, and then no more', async () => {
    await using sandbox = await createSandbox();
    await using app = await createApp();
    sandbox.push.connectTo(app.url);
    await subscribe(sandbox);
    app.answerWith(500);
    const [delivery] = await sandbox.push.notify('page-token', 'message');
    expect([app.arrived.length, delivery?.status]).toEqual([2, 500]);
    const counts: number[] = [];
    for (const ms of [MINUTE, 4 * MINUTE, HOUR, 34 * HOUR, 10 * HOUR, 100 * HOUR]) {
      sandbox.clock.advance(ms);
      await sandbox.push.deliverDue();
      counts.push(app.arrived.length);
    }
    expect(counts.at(-1)).toBeLessThanOrEqual(11);
    expect(counts.toSorted((one, other) => one - other)).toEqual(counts);
    for (let hour = 0; hour < 50; hour += 1) {
      sandbox.clock.advance(HOUR);
      await sandbox.push.deliverDue();
    }
    expect(delivery?.nextAt).toBeNull();
    const all = app.arrived.length;
    sandbox.clock.advance(100 * HOUR);
    await sandbox.push.deliverDue();
    expect(app.arrived).toHaveLength(all);
    expect(new Set(app.arrived.map(({ body }) => body)).size).toBe(1);
  });

  test('that nobody listens to, or that are redirected, are not taken', async () => {
    await using sandbox = await createSandbox();
    await using app = await createApp();
    sandbox.push.connectTo('http://127.0.0.1:1');
    await subscribe(sandbox);
    expect(await sandbox.push.notify('page-token', 'message')).toMatchObject([{ status: null }]);
    sandbox.push.connectTo(app.url);
    app.answerWith(307);
    expect(await sandbox.push.notify('page-token', 'message')).toMatchObject([{ status: 307 }]);
    app.answerWith(204);
    sandbox.clock.advance(MINUTE);
    await sandbox.push.deliverDue();
    expect(sandbox.push.deliveries().map(({ status, nextAt }) => [status, nextAt])).toEqual([
      [204, null],
      [204, null],
    ]);
  });

  test('cannot be sent before anybody has said where the app is', async () => {
    await using sandbox = await createSandbox();
    await subscribe(sandbox);
    await expect(sandbox.push.verify('x')).rejects.toThrow(TypeError);
  });
});

test('Verifying asks as the dashboard does', async () => {
  await using sandbox = await createSandbox();
  await using app = await createApp();
  sandbox.push.connectTo(app.url);
  expect(await sandbox.push.verify('a token')).toBe(true);
  const query = new URL(app.arrived[0]?.url ?? '', 'http://x').searchParams;
  expect(Object.fromEntries(query)).toEqual({
    'hub.mode': 'subscribe',
    'hub.verify_token': 'a token',
    'hub.challenge': expect.stringMatching(/^\d+$/),
  });
  app.answerWith(403);
  expect(await sandbox.push.verify('a token')).toBe(false);
});

test('Whoever removes the app, or asks for deletion, is named in a signed request as the app knows them', async () => {
  await using sandbox = await createSandbox();
  await using app = await createApp('{"url":"https://x","confirmation_code":"1"}');
  sandbox.push.connectTo(app.url);
  await codeOf(sandbox, 'facebook', 'page-token');
  const token = await longToken(sandbox, 'facebook', 'page-token');
  const { id } = (await facebook(sandbox, 'me', token)).body;
  expect(await sandbox.push.requestDeletion('page-token')).toEqual([
    { world: 'facebook', status: 200, body: { url: 'https://x', confirmation_code: '1' } },
  ]);
  expect((await facebook(sandbox, 'me', token)).status).toBe(200);
  await sandbox.push.deauthorize('page-token');
  expect(refusal(await facebook(sandbox, 'me', token))).toMatchObject({ code: 190, subcode: 458 });
  expect(app.arrived.map(({ url }) => url)).toEqual(['/meta/data-deletion', '/meta/deauthorize']);
  const signed = new URLSearchParams(app.arrived[1]?.body).get('signed_request') ?? '';
  const [mac, payload = ''] = signed.split('.');
  const { clientSecret } = sandbox.apps.facebook;
  expect(mac).toBe(createHmac('sha256', clientSecret).update(payload).digest('base64url'));
  const issuedAt = Math.floor(sandbox.clock.now().getTime() / 1_000);
  const content = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  expect(content).toMatchObject({ algorithm: 'HMAC-SHA256', user_id: id });
  expect(Math.abs(Number(content['issued_at']) - issuedAt)).toBeLessThanOrEqual(1);
  await expect(sandbox.push.deauthorize('code-101')).rejects.toThrow('connect first');
});

test('All of it is done over HTTP, too, by forms that the index page has', async () => {
  await using sandbox = await createSandbox();
  await using app = await createApp();
  const control = (path: string, form: Record<string, string> = {}) =>
    send('POST', `${sandbox.url}/sandbox/${path}`, form);
  const saved = await control('app', { url: app.url, verifyToken: 'x' });
  expect(saved.body).toEqual({ url: app.url, verified: true });
  await subscribe(sandbox);
  app.answerWith(500);
  const sent = await control('webhooks', {
    persona: 'page-token',
    kind: 'comment',
    updates: '2',
    times: '2',
  });
  expect(sent.body).toMatchObject({ appUrl: app.url, deliveries: [{ sent: 2, status: 500 }, { sent: 2 }] });
  app.answerWith(200);
  await control('clock', { advanceMs: String(MINUTE) });
  const { deliveries } = (await get(`${sandbox.url}/sandbox/webhooks`)).body;
  expect(deliveries).toMatchObject([
    { sent: 3, status: 200, nextAt: null },
    { sent: 3, status: 200, nextAt: null },
  ]);
  expect((await control('webhooks/due')).body.deliveries).toHaveLength(2);
  expect((await control('deauthorize', { persona: 'page-token' })).body.answers).toMatchObject([
    { status: 200 },
  ]);
  expect((await control('data-deletion', { persona: 'page-token' })).body.answers).toMatchObject([
    { status: 200 },
  ]);
  const page = await get(sandbox.url);
  for (const action of ['app', 'webhooks', 'deauthorize', 'data-deletion']) {
    expect(page.text).toContain(`action="/sandbox/${action}"`);
  }
  expect(page.headers.get('content-security-policy')).toContain("form-action 'self'");
  for (const [path, form] of [
    ['webhooks', { persona: 'page-token', kind: 'nonsense' }],
    ['webhooks', { persona: 'page-token', updates: '1001' }],
    ['webhooks', { persona: 'nobody' }],
    ['app', { url: 'nowhere' }],
    ['deauthorize', { persona: 'nobody' }],
    ['data-deletion', {}],
  ] as const) {
    expect((await control(path, form)).status).toBe(400);
  }
});

test('A browser that sends a form gets a page with what has come of it, and a way back', async () => {
  await using sandbox = await createSandbox({ verifyToken: 'made <up>' });
  await using app = await createApp();
  const submit = async (path: string, form: Record<string, string>) => {
    const response = await fetch(`${sandbox.url}/sandbox/${path}`, {
      method: 'POST',
      headers: { accept: 'text/html,application/xhtml+xml' },
      body: new URLSearchParams(form),
    });
    const page = await response.text();
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page).toContain('<a href="/#pushes">');
    return { status: response.status, page };
  };
  expect((await get(sandbox.url)).text).toContain('value="made &lt;up&gt;"');
  expect(await submit('app', { url: app.url, verifyToken: 'x' })).toMatchObject({
    status: 200,
    page: expect.stringContaining('Verified and saved'),
  });
  app.answerWith(403);
  expect((await submit('app', { url: app.url, verifyToken: 'x' })).page).toContain('not verified');
  expect((await submit('app', { url: app.url, verifyToken: '' })).page).toContain('Nothing was verified');
  expect((await submit('deauthorize', { persona: '<b>' })).page).toContain('not &quot;&lt;b&gt;&quot;');
  await subscribe(sandbox, 'page-token#2');
  expect((await submit('webhooks', { persona: 'page-token#2' })).page).toContain('your server answered 403');
  expect((await submit('data-deletion', { persona: 'page-token#2' })).page).toContain('answered 403');
  expect((await get(sandbox.url)).text).toContain('<select name="persona"><option>page-token#2</option>');
  expect(await submit('app', { url: 'http://127.0.0.1:1', verifyToken: 'x' })).toMatchObject({
    status: 400,
    page: expect.stringContaining('Nobody answers at http://127.0.0.1:1.'),
  });
});
