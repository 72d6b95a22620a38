import { once } from 'node:events';
import { renameSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { databaseFile, testsPostgresql } from '../support/databases.js';
import { send } from '../support/http.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

test('A server that works is alive and ready, and asks Meta nothing to say so.', async () => {
  await using moca = await createTestApp();
  expect(await send(moca, '/livez')).toMatchObject({ status: 200, text: '{"status":"ok"}' });
  const ready = await send(moca, '/readyz');
  expect(ready.status).toBe(200);
  expect(JSON.parse(ready.text)).toEqual({
    status: 'ok',
    checks: { database: true, accepting: true },
    details: { renewalBreakers: { instagram: 'CLOSED', facebook: 'CLOSED' } },
  });
  expect(moca.sandbox.ledger.calls()).toEqual([]);
});

test.skipIf(testsPostgresql)(
  'A server whose database file is gone or was replaced is alive, but not ready.',
  async () => {
    await using moca = await createTestApp();
    const file = databaseFile(moca);
    renameSync(file, `${file}.away`);
    const gone = await send(moca, '/readyz');
    expect(gone.status).toBe(503);
    expect(JSON.parse(gone.text)).toEqual({
      status: 'unavailable',
      checks: { database: false, accepting: true },
      details: {},
    });
    expect((await send(moca, '/livez')).status).toBe(200);
    renameSync(`${file}.away`, file);
    expect((await send(moca, '/readyz')).status).toBe(200);
  },
);

/** A request whose last bytes are still on their way when the server is told to stop. */
async function stopDuring(moca: TestApp, head: string, rest: string): Promise<string> {
  const socket = connect(Number(new URL(moca.url).port), '127.0.0.1');
  socket.setEncoding('utf8');
  await once(socket, 'connect');
  await new Promise((resolve) => socket.write(head, resolve));
  // A whole request on another connection: by its answer, the first bytes have arrived too.
  await send(moca, '/livez');
  const closed = moca.app.close();
  socket.write(rest);
  let answer = '';
  for await (const chunk of socket) answer += chunk as string;
  await closed;
  return answer;
}

test('While the server stops it is not ready any more.', async () => {
  await using moca = await createTestApp();
  const answer = await stopDuring(moca, 'GET /readyz HTTP/1.1\r\nHost: x\r\n', '\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 503 /);
  expect(answer).toContain(
    '{"status":"unavailable","checks":{"database":true,"accepting":false},"details":{"renewalBreakers":{"instagram":"CLOSED","facebook":"CLOSED"}}}',
  );
  expect(answer.toLowerCase()).toContain('connection: close');
});

test('A request that has begun to arrive when the server is told to stop is answered.', async () => {
  await using moca = await createTestApp();
  const body = JSON.stringify({ query: '{ authUrl }' });
  const head = `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  const answer = await stopDuring(moca, head + body.slice(0, 5), body.slice(5));
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(answer).toContain('"data":{"authUrl":"');
});

test('A server that has stopped lets nobody connect.', async () => {
  await using moca = await createTestApp();
  const { url } = moca;
  await moca.app.close();
  await expect(fetch(`${url}/livez`)).rejects.toThrow('fetch failed');
});
