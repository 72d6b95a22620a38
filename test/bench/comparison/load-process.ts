// Asks a server as much as it can answer, on a CPU of its own: plain sockets with one question at a time, because
// whatever reads answers more thoroughly is slower than what is to be measured.
import { connect } from 'node:net';
import process from 'node:process';
import type { LoadOrder, LoadReport } from './load.ts';
import { AnswerReader } from './answer-reader.ts';

process.on('message', (order: LoadOrder) => void run(order));
process.on('disconnect', () => process.exit(0));

async function run(order: LoadOrder): Promise<void> {
  const startedAt = performance.now();
  const deadline = startedAt + order.milliseconds;
  const requests = order.requests.map((request) => Buffer.from(request));
  const lanes = Array.from({ length: order.connections }, (_, index) =>
    ask(order.port, requests, index * 7, deadline),
  );
  const report: LoadReport = await Promise.all(lanes).then(
    (counts) => ({
      answers: counts.reduce((one, other) => one + other, 0),
      milliseconds: performance.now() - startedAt,
      problem: null,
    }),
    (error: unknown) => ({ answers: 0, milliseconds: 0, problem: String(error) }),
  );
  process.send?.(report);
}

/** One connection: the next question goes out when the last one is answered. Gives how many were. */
async function ask(
  port: number,
  requests: readonly Buffer[],
  first: number,
  deadline: number,
): Promise<number> {
  return new Promise((resolve, reject) => {
    let count = 0;
    const socket = connect(port, '127.0.0.1').setNoDelay();
    const next = (): void => {
      socket.write(requests[(first + count) % requests.length] ?? Buffer.alloc(0));
    };
    const reader = new AnswerReader(() => {
      count += 1;
      if (performance.now() < deadline) return next();
      socket.destroy();
      resolve(count);
    });
    socket.once('connect', next);
    socket.on('data', (chunk: Buffer) => {
      const problem = reader.read(chunk);
      if (problem === null) return;
      socket.destroy();
      reject(new Error(problem));
    });
    socket.on('error', reject);
    socket.on('end', () => reject(new Error('The server has closed the connection.')));
  });
}
