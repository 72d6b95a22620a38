import { expect, test } from 'vitest';
import { AuthUrlDocument } from '../../src/generated/graphql.js';
import { postOperation } from '../support/http.js';
import { startServerProcess } from '../support/server-process.js';
import { createTestApp, testEnvironment } from '../support/test-app.js';

const operation = { query: AuthUrlDocument.toString() };

test('A log that nobody reads does not keep a server from its answers.', async () => {
  await using moca = await createTestApp({ env: { WORKER: 'off' } });
  await using server = await startServerProcess({
    ...testEnvironment(moca.sandbox, moca.databaseUrl),
    RATE_LIMIT_AUTH_URL: '100000/min',
  });
  server.child.stdout?.removeAllListeners('data').pause();
  // Several times what a pipe holds, with what Node keeps of it.
  for (let call = 0; call < 3_000; call += 1) {
    expect((await postOperation(server, operation)).code).toBeNull();
  }
});

test('All lines are written before a server ends.', async () => {
  await using moca = await createTestApp({ env: { WORKER: 'off' } });
  await using server = await startServerProcess(testEnvironment(moca.sandbox, moca.databaseUrl));
  await Promise.all(Array.from({ length: 20 }, () => postOperation(server, operation)));
  server.child.kill('SIGTERM');
  expect(await server.ended).toBe(0);
  expect(server.log.filter((line) => line.includes('"msg":"request"'))).toHaveLength(20);
});
