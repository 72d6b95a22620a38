import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

function request(body: string, length = Buffer.byteLength(body)): string {
  return `POST /graphql HTTP/1.1\r\nhost: moca\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`;
}

interface Answered {
  readonly head: string;
  readonly body: string;
}

/** Writes the parts to one connection, one after the other, and gives so many answers. */
async function converse(moca: TestApp, parts: readonly string[], answers: number): Promise<Answered[]> {
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
  const found = await eventually(() => {
    const all = text.split(/(?=HTTP\/1\.1 \d{3} )/).map((answer) => {
      const [head = '', body = ''] = answer.split('\r\n\r\n');
      return { head, body };
    });
    expect(all.filter(({ body }) => body.endsWith('}'))).toHaveLength(answers);
    return all;
  });
  socket.destroy();
  return found;
}

/** The same, of which the bodies are what matters. */
async function talk(moca: TestApp, parts: readonly string[], answers: number): Promise<string[]> {
  return (await converse(moca, parts, answers)).map(({ body }) => body);
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

test('Every answer has the same head, but for its length and its time: the first, those of the same second, and later ones.', async () => {
  await using moca = await createTestApp();
  const short = request(operation('a'));
  const long = request(operation('a'.repeat(300)));
  const first = await converse(moca, [short, long, short, short], 4);
  const later = await eventually(async () => {
    const answers = await converse(moca, [long, short], 2);
    for (const answer of answers) expect(dateOf(answer)).toBeGreaterThan(dateOf(first.at(-1)));
    return answers;
  });
  const heads = [...first, ...later].map(({ head, body }) => {
    const [, length] = /\r\ncontent-length: (\d+)\r\n/i.exec(head) ?? [];
    expect(Number(length)).toBe(Buffer.byteLength(body));
    expect(Math.abs(Date.now() - dateOf({ head, body }))).toBeLessThan(5_000);
    return head
      .toLowerCase()
      .replace(/content-length: \d+/, 'content-length: n')
      .replace(/date: [^\r]+/, 'date: t')
      .split('\r\n')
      .toSorted();
  });
  for (const lines of heads) expect(lines).toEqual(heads[0]);
});

/** In milliseconds since 1970; HTTP writes whole seconds. */
function dateOf(answer: Answered | undefined): number {
  return Date.parse(/\r\ndate: ([^\r]+)/i.exec(answer?.head ?? '')?.[1] ?? '');
}

test('Whoever wants the connection closed is told that it is, and it is.', async () => {
  await using moca = await createTestApp();
  const usual = request(operation('a'));
  const last = usual.replace('\r\n', '\r\nconnection: close\r\n');
  const answers = await converse(moca, [usual, usual, last, usual], 3);
  expect(answers.map(({ head }) => /\r\nconnection: ([^\r]+)/i.exec(head)?.[1])).toEqual([
    'keep-alive',
    'keep-alive',
    'close',
  ]);
});
