import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

function request(body: string, length = Buffer.byteLength(body)): string {
  return `POST /graphql HTTP/1.1\r\nhost: moca\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`;
}

/** Writes the parts to one connection, one after the other, and gives the bodies of so many answers. */
async function talk(moca: TestApp, parts: readonly string[], answers: number): Promise<string[]> {
  const { hostname, port } = new URL(moca.url);
  const socket = connect(Number(port), hostname).setEncoding('utf8').setNoDelay();
  let text = '';
  socket.on('data', (chunk: string) => {
    text += chunk;
  });
  await once(socket, 'connect');
  for (const part of parts) {
    socket.write(part);
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
  }
  const bodies = await eventually(() => {
    const found = text
      .split(/HTTP\/1\.1 \d{3} [^\r]*\r\n/)
      .slice(1)
      .map((answer) => answer.split('\r\n\r\n')[1] ?? '');
    expect(found.filter((body) => body.endsWith('}'))).toHaveLength(answers);
    return found;
  });
  socket.destroy();
  return bodies;
}

const operation = (alias: string): string => JSON.stringify({ query: `{ ${alias}: __typename }` });

test('A body that comes in pieces is answered when all of it is there.', async () => {
  await using moca = await createTestApp();
  await talk(moca, [request(operation('first'))], 1);
  const whole = request(operation('pieces'));
  const cut = whole.indexOf('pieces') + 3;
  expect(await talk(moca, [whole.slice(0, cut), whole.slice(cut, cut + 2), whole.slice(cut + 2)], 1)).toEqual(
    ['{"data":{"pieces":"Query"}}'],
  );
});

test('Requests that are sent without a wait for answers are answered in their order, the last of them wrong.', async () => {
  await using moca = await createTestApp();
  await talk(moca, [request(operation('first'))], 1);
  const right = ['one', 'two', 'three'].map((alias) => request(operation(alias)));
  const bodies = await talk(moca, [[...right, request('{"query":')].join('')], 4);
  expect(bodies.map((body) => /"(?:one|two|three)"|not valid JSON/.exec(body)?.[0])).toEqual([
    '"one"',
    '"two"',
    '"three"',
    'not valid JSON',
  ]);
});
