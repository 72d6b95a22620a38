import { existsSync, mkdtempDisposableSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { secretVariables, variableNames } from '../../src/config.js';
import { errorCodes, errorTraits } from '../../src/errors.js';
import {
  AccountHistoryDocument,
  InstagramAccessTokenDocument,
  RefreshInstagramTokenDocument,
} from '../../src/generated/graphql.js';
import { PROTOCOL_CODES } from '../../src/graphql/format-error.js';
import { flowSteps } from '../../src/tokens/ladder/climb.js';
import { createDemo } from '../../src/sandbox/demo.js';
import { demoNotice } from '../../src/sandbox/demo-notice.js';
import { systemClock } from '../../src/time.js';
import { Client } from '../support/client.js';
import { createEventReceiver } from '../support/event-receiver.js';
import { send } from '../support/http.js';
import { createIdentityProvider } from '../support/identity-provider.js';
import { createNoticeReceiver } from '../support/notice-receiver.js';
import { blocks, readme } from '../support/readme.js';
import { scrape } from '../support/scrape.js';
import { createTestApp } from '../support/test-app.js';
import { aComment, notificationOf, postWebhook } from '../support/webhooks.js';

const root = join(import.meta.dirname, '..', '..');
const scripts = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }).scripts;

/** The rows of the first table below a heading, each as its cells. */
function table(heading: string): string[][] {
  const section = readme.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

function firstWords(rows: readonly string[][]): string[] {
  return rows.map(([cell = '']) => /^`([^`]+)`/.exec(cell)?.[1] ?? cell);
}

test('README example: the operations work in the order in which they stand there.', async () => {
  const [authUrl = '', complete = '', accounts = '', settings = '', token = '', events = '', ...others] =
    blocks('graphql');
  expect(others).toEqual([]);
  await using moca = await createTestApp();

  const callback = await moca.consent('page-token');
  const challenge = 'A'.repeat(43);
  expect(await moca.visitor.raw(authUrl, { challenge })).toMatchObject({
    authUrl: expect.stringMatching(/^http/),
  });
  const { completeInstagramAuth: account } = await moca.visitor.raw<{
    completeInstagramAuth: { accountId: string; accountName: string };
  }>(complete, callback);
  const { accountId } = account;
  expect(account).toMatchObject({
    accountName: 'moca_page_token',
    tokenStatus: { kind: 'PAGE', state: 'ACTIVE' },
  });
  expect(await moca.admin.raw(accounts)).toMatchObject({
    instagramAccounts: { edges: [{ node: { accountId, tokenStatus: { state: 'ACTIVE' } } }] },
  });
  expect(await moca.admin.raw(settings, { accountId })).toEqual({
    updateInstagramAccountSettings: { settings: { toneOfVoice: 'Warm and short.', version: 2 } },
  });
  expect(await moca.service.raw(token, { accountId })).toMatchObject({
    instagramAccessToken: { kind: 'PAGE', expiresAt: null },
  });
  await moca.app.work();
  moca.sandbox.push.connectTo(moca.url);
  await moca.sandbox.push.notify('page-token', 'echo');
  expect(await moca.service.raw(events, { accountId })).toMatchObject({
    webhookEvents: { edges: [{ node: { accountId, field: 'messages', isEcho: true } }] },
  });
});

test('README example: the snippet knows what was forwarded, and nothing else.', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
  const path = join(folder.path, 'snippet.mjs');
  // The first one is a page's: test/browser/single-page-app.test.ts.
  writeFileSync(path, blocks('js')[1] ?? '');
  const { isFromMoca } = (await import(pathToFileURL(path).href)) as {
    isFromMoca: (body: Buffer, header: string | undefined, secret: string) => boolean;
  };
  await using receiver = await createEventReceiver();
  await using moca = await createTestApp({ env: receiver.env });
  await postWebhook(moca, notificationOf(aComment('1', 'c1', 'schöne Grüße ☕')));
  await moca.app.work();
  const [event] = receiver.taken;
  const body = Buffer.from(event?.raw ?? '');
  expect(isFromMoca(body, event?.signature, receiver.secret)).toBe(true);
  expect(isFromMoca(Buffer.concat([body, Buffer.from(' ')]), event?.signature, receiver.secret)).toBe(false);
  expect(isFromMoca(body, event?.signature, 'another')).toBe(false);
  for (const header of [undefined, '', 'sha256=', event?.signature.slice(1)]) {
    expect(isFromMoca(body, header, receiver.secret)).toBe(false);
  }
});

test('Every route that Meta calls is there, and says who may not be heard.', async () => {
  await using moca = await createTestApp({ env: { INSTAGRAM_VERIFY_TOKEN: 'made up' } });
  const section = readme.split('\n## What Meta sends\n')[1]?.split('\n## ')[0] ?? '';
  const routes = [...section.matchAll(/^\| `(GET|POST) (\/[^`]+)`/gm)];
  const statuses: Record<string, number> = {};
  for (const [, method = '', path = ''] of routes) {
    const answer = await send(moca, path.replace('{confirmationCode}', 'x'), { method });
    expect(answer.code === 'NOT_FOUND').toBe(false);
    statuses[`${method} ${path}`] = answer.status;
  }
  expect(statuses).toEqual({
    'GET /webhooks/instagram': 403,
    'POST /webhooks/instagram': 403,
    'POST /meta/deauthorize': 403,
    'POST /meta/data-deletion': 403,
    'GET /data-deletion/{confirmationCode}': 404,
  });
});

test('README example: a token with these claims makes its bearer an admin, under this name.', async () => {
  await using provider = await createIdentityProvider(systemClock);
  await using moca = await createTestApp({ env: provider.env });
  const { iss, exp, ...claims } = JSON.parse(blocks('json')[0] ?? '') as Record<string, unknown>;
  expect([iss, exp]).toEqual([expect.any(String), expect.any(Number)]);
  const { accountId } = await moca.connect('page-token');
  const bearer = new Client(() => moca.url, await provider.token(null, { claims }));
  await bearer.send(RefreshInstagramTokenDocument, { accountId });
  const { instagramAccount } = await bearer.send(AccountHistoryDocument, { accountId, first: 1 });
  const [event] = instagramAccount?.history.edges ?? [];
  expect(event?.node.actor).toBe(/The history calls its bearer `([^`]+)`/.exec(readme)?.[1]);
});

test('README example: the demo says what the first screen shows, and its own example works.', async () => {
  await using demo = await createDemo({ port: 0, sandboxPort: 0, flow: 'moca', logLevel: 'silent' });
  const notice = demoNotice(demo);
  const shown = notice
    .split('\nList the accounts:')[0]
    ?.replaceAll(demo.url, 'http://127.0.0.1:4000')
    .replaceAll(demo.sandbox.url, 'http://127.0.0.1:4100')
    .replace(demo.adminKey, 'demo-admin-…')
    .replace(demo.serviceKey, 'demo-service-…');
  expect(blocks('text')[0]).toBe(shown);

  const body = /-d '(.*)'/.exec(notice)?.[1];
  const response = await fetch(`${demo.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${demo.adminKey}` },
    ...(body === undefined ? {} : { body }),
  });
  const { data } = (await response.json()) as {
    data: { instagramAccounts: { edges: Array<{ node: { accountName: string } }> } };
  };
  const names = data.instagramAccounts.edges.map(({ node }) => node.accountName);
  expect(names.toSorted()).toEqual(demo.seeded.toSorted());
});

test('The first screen shows the two commands, and the second is what CI runs.', () => {
  expect(blocks('sh')).toEqual(['npm ci && npm run demo\n', 'npm ci && npm test\n']);
  expect(readFileSync(join(root, '.ci', 'run'), 'utf8')).toContain('npm ci && npm test');
});

test('The configuration table names every variable that the server reads, and no other.', () => {
  expect(firstWords(table('Configuration')).toSorted()).toEqual(variableNames.toSorted());
});

test('The configuration table calls secret what can also stand in a file, and nothing else.', () => {
  const secret = table('Configuration').filter(([, preset = '']) => preset.endsWith('secret'));
  expect(firstWords(secret).toSorted()).toEqual(secretVariables.toSorted());
});

test('The error table names every code, and says which can be retried as the server does.', () => {
  const rows = table('Errors');
  expect(firstWords(rows)).toEqual([...errorCodes]);
  expect(rows.map((row) => row[2])).toEqual(
    errorCodes.map((code) => (errorTraits[code].retryable ? 'yes' : 'no')),
  );
});

test('Requests that are no operation get a code alone, as is said below the table, which names all of GraphQL’s own.', async () => {
  const section = readme.split('\n## Errors\n')[1]?.split('\n## ')[0] ?? '';
  for (const code of PROTOCOL_CODES) expect(section).toContain(`\`${code}\``);
  await using moca = await createTestApp();
  const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
  const answers = await Promise.all([
    ...[
      '{"query":"{"}',
      '{"query":"{ nothing }"}',
      '{"query":"query A { authUrl } query B { authUrl }"}',
      '{}',
      '{',
    ].map((body) => send(moca, '/graphql', { ...json, body })),
    send(moca, '/graphql', {
      ...json,
      body: '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}',
    }),
    send(moca, '/graphql', {
      ...json,
      body: '{"query":"query ($c: String) { authUrl(challenge: $c) }","variables":{"c":1}}',
    }),
    send(moca, '/graphql', { method: 'POST', headers: { 'content-type': 'application/xml' }, body: '<a/>' }),
    send(moca, '/graphql'),
    send(moca, '/nowhere'),
    send(moca, '/meta/deauthorize', { method: 'POST' }),
  ]);
  const codes = answers.map(({ text, code }) => {
    expect(text).toContain(`"extensions":{"code":"${code}"}`);
    return code;
  });
  for (const code of codes) expect(section).toContain(`\`${code}\``);
  expect(codes).toEqual(expect.arrayContaining([...PROTOCOL_CODES]));
});

test('The metrics table names every metric of ours with its labels.', async () => {
  await using receiver = await createNoticeReceiver();
  await using moca = await createTestApp({ env: receiver.env });
  const { accountId } = await moca.connect('page-token');
  // Once the long way, which loads what compiles it, and then the fast one.
  for (let time = 0; time < 3; time += 1) {
    await moca.service.send(InstagramAccessTokenDocument, { accountId });
    await import('graphql-jit');
  }
  moca.sandbox.faults.inject({ fault: 'invalid_token', endpoint: 'page_profile' });
  await moca.admin.fail(RefreshInstagramTokenDocument, { accountId });
  await moca.app.work();
  const { names, samples } = await scrape(moca);
  const ours = names.filter((name) => name.startsWith('moca_connect_'));
  const labelsOf = (name: string): string[] => {
    const labels = samples
      .filter((sample) => sample.name.startsWith(name))
      .flatMap((sample) => Object.keys(sample.labels));
    return [...new Set(labels)].filter((label) => label !== 'le');
  };
  const rows = table('Metrics').map(([name = '', labels = '']) => [
    name.replaceAll('`', ''),
    labels
      .replaceAll('`', '')
      .split(' ')
      .filter((label) => label !== ''),
  ]);
  expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(ours.map((name) => [name, labelsOf(name)])));
});

test('The ladder table names the steps in their order.', () => {
  expect(firstWords(table('The ladder'))).toEqual(['code_exchange', ...flowSteps.moca]);
});

test('Every command that is shown is a script.', () => {
  const names = [...readme.matchAll(/(?:`|^|&& )npm (?:run )?([a-z:]+)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'ci');
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(names));
});

test('The benchmarks that are shown are those of the last run that was kept.', () => {
  const [title, when = ''] = readFileSync(join(root, 'test', 'bench', 'results', 'latest.md'), 'utf8').split(
    '\n\n',
  );
  expect(title).toBe('# The last run of `npm run bench`');
  expect(readme.split('\n## Benchmarks\n')[1]?.split('\n## ')[0]).toContain(when);
});

test('The map names every folder of the sources, and every file that is linked is there.', () => {
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `src/${name}`);
  expect(firstWords(table('Map of the sources')).toSorted()).toEqual(folders.toSorted());
  const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, target = '']) => target);
  expect(links.filter((target) => !existsSync(join(root, target)))).toEqual([]);
});
