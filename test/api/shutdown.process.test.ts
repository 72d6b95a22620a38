import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { RefreshInstagramTokenDocument } from '../../src/generated/graphql.js';
import { SECOND } from '../../src/time.js';
import { Client } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { createTestApp, testEnvironment, testSecrets } from '../support/test-app.js';

const POST =
  'POST /graphql HTTP/1.1\r\nhost: moca\r\ncontent-type: application/json\r\ncontent-length: 100\r\n';

/** Sends the beginning of a request, and resolves when the server has had time to read it. */
async function beginRequest(server: ServerProcess, beginning: string): Promise<Socket> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  if (beginning !== '') socket.write(beginning);
  // Whoever comes later is answered: what came before was read.
  await fetch(`${server.url}/livez`);
  return socket;
}

test.each([
  ['nothing at all', ''],
  ['headers without an end', POST],
  ['half a body', `${POST}\r\n{"query":`],
])('A client that has sent %s does not keep a server that stops.', async (_what, beginning) => {
  await using moca = await createTestApp({ env: { WORKER: 'off' } });
  await using server = await startServerProcess(testEnvironment(moca.sandbox, moca.databaseUrl));
  const socket = await beginRequest(server, beginning);
  const startedAt = performance.now();
  server.child.kill('SIGTERM');
  expect(await server.ended).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(10 * SECOND);
  socket.destroy();
});

test.each([
  ['the first request', 0],
  ['a request whose like was answered before', 2],
])(
  'A server that stops answers %s that has arrived, or arrives in time, and ends the connection.',
  async (_what, before) => {
    await using moca = await createTestApp({ env: { WORKER: 'off' } });
    const { accountId } = await moca.connect('page-token');
    await using server = await startServerProcess(testEnvironment(moca.sandbox, moca.databaseUrl));
    // Longer than the server waits for requests to arrive.
    moca.sandbox.faults.inject({ fault: 'delay', endpoint: 'page_profile', times: 1, delayMs: 3 * SECOND });
    const admin = new Client(() => server.url, testSecrets.adminKey);
    const body = JSON.stringify({ query: '{ __typename }' }).padEnd(100);
    for (let time = 0; time < before; time += 1) {
      const other = await beginRequest(server, `${POST}\r\n${body}`);
      await once(other, 'data');
      other.destroy();
    }
    moca.sandbox.ledger.clear();
    const accepted = admin.send(RefreshInstagramTokenDocument, { accountId });
    await moca.sandbox.ledger.waitFor({ endpoint: 'page_profile' });
    const socket = await beginRequest(server, `${POST}\r\n${body.slice(0, 50)}`);
    const answer: string[] = [];
    socket.on('data', (chunk: Buffer) => answer.push(chunk.toString()));
    server.child.kill('SIGTERM');
    await eventually(() => expect(beginRequest(server, '')).rejects.toThrow('ECONNREFUSED'));
    socket.write(body.slice(50));
    await once(socket, 'close');
    expect(answer.join('')).toMatch(/^HTTP\/1.1 200 [\s\S]*"__typename":"Query"/);
    expect(answer.join('')).toMatch(/\r\nconnection: close\r\n/i);
    expect(await accepted).toMatchObject({ refreshInstagramToken: { accountId } });
    expect(await server.ended).toBe(0);
  },
);

test('Requests that were sent before the server was told to stop are answered, though it had not read them yet.', async () => {
  await using moca = await createTestApp({ env: { WORKER: 'off' } });
  await using server = await startServerProcess(testEnvironment(moca.sandbox, moca.databaseUrl));
  const { hostname, port } = new URL(server.url);
  // Whoever stands still reads nothing: connections and what is sent on them wait in the system.
  server.child.kill('SIGSTOP');
  const body = JSON.stringify({ query: '{ __typename }' }).padEnd(100);
  const sockets = Array.from({ length: 20 }, () => connect(Number(port), hostname));
  const answers = sockets.map(async (socket) => {
    const chunks: string[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
    await once(socket, 'close');
    return chunks.join('').split('\r\n', 1)[0];
  });
  await Promise.all(
    sockets.map(async (socket) => {
      await once(socket, 'connect');
      await new Promise<void>((resolve) => socket.write(`${POST}\r\n${body}`, () => resolve()));
    }),
  );
  server.child.kill('SIGTERM');
  server.child.kill('SIGCONT');
  expect(new Set(await Promise.all(answers))).toEqual(new Set(['HTTP/1.1 200 OK']));
  expect(await server.ended).toBe(0);
});
