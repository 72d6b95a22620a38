// How long Meta waits for the answer to a notification, by the built server as its own process, with everything on:
// durable writes, an account for most events, and forwarding. Run it by hand, on a machine that does nothing else:
//
//   npm run build && node_modules/.bin/node test/bench/webhooks.ts [notifications] [lanes]
import { fork } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

const [notifications = 3_000, lanes = 8] = process.argv.slice(2).map(Number);
const secret = randomBytes(16).toString('hex');
const folder = mkdtempSync(join(tmpdir(), 'moca-bench-'));

const receiver = createServer((request, response) => request.resume().on('end', () => response.end()));
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));

const server = fork(join(import.meta.dirname, '..', '..', 'dist', 'server', 'main.js'), [], {
  execArgv: [],
  stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  env: {
    PATH: process.env['PATH'],
    INSTAGRAM_CLIENT_ID: '1',
    INSTAGRAM_CLIENT_SECRET: secret,
    TOKEN_ENCRYPTION_KEYS: `k:${randomBytes(32).toString('base64')}`,
    DATABASE_URL: `sqlite:${join(folder, 'moca.sqlite')}`,
    EVENTS_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`,
    EVENTS_SECRET: randomBytes(16).toString('hex'),
    HOST: '127.0.0.1',
    PORT: '0',
  },
});
const port = await new Promise<number>((resolve) => {
  server.stdout?.on('data', (chunk: Buffer) => {
    const listening = /"port":(\d+)[^\n]*"msg":"listening"/.exec(chunk.toString());
    if (listening !== null) resolve(Number(listening[1]));
  });
});

let mid = 0;

function notification(updates: number): string {
  const entry = Array.from({ length: updates }, () => {
    mid += 1;
    const id = `1784140000000${String(mid % 200).padStart(4, '0')}`;
    const message = { mid: `aWdfZAG1f${mid}${'x'.repeat(60)}`, text: 'Hallo, schöne Grüße! '.repeat(4) };
    return {
      id,
      time: Date.now(),
      messaging: [{ sender: { id: '526' }, recipient: { id }, timestamp: Date.now(), message }],
    };
  });
  return JSON.stringify({ object: 'instagram', entry });
}

/** Milliseconds from the first byte sent to the end of the answer. */
async function post(body: string): Promise<number> {
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  const startedAt = performance.now();
  const response = await fetch(`http://127.0.0.1:${port}/webhooks/instagram`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` },
  });
  await response.text();
  if (response.status !== 200) throw new Error(`HTTP ${response.status}`);
  return performance.now() - startedAt;
}

async function measure(name: string, count: number, atOnce: number, updates: () => number): Promise<void> {
  const times: number[] = [];
  let left = count;
  const lane = async (): Promise<void> => {
    while ((left -= 1) >= 0) times.push(await post(notification(updates())));
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  report(`${name}, ${atOnce} at once`, times);
}

/** As Meta sends: so many a second, whether or not the last one was answered. */
async function measureAtRate(
  name: string,
  perSecond: number,
  seconds: number,
  updates: () => number,
): Promise<void> {
  const times: number[] = [];
  const under: Promise<void>[] = [];
  for (let count = 0; count < perSecond * seconds; count += 1) {
    under.push(post(notification(updates())).then((ms) => void times.push(ms)));
    await new Promise((resolve) => setTimeout(resolve, 1_000 / perSecond));
  }
  await Promise.all(under);
  report(`${name}, ${perSecond} a second`, times);
}

function report(name: string, times: number[]): void {
  times.sort((one, other) => one - other);
  const at = (share: number): string => (times[Math.ceil(share * times.length) - 1] ?? 0).toFixed(1);
  process.stdout.write(
    `${name}: ${times.length} notifications: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms\n`,
  );
}

await measure('warm-up', 200, lanes, () => 1);
await measure('1 update each', notifications, lanes, () => 1);
await measure('1 to 20 updates each', notifications, lanes, () => 1 + Math.floor(Math.random() * 20));
await measure('1,000 updates each', 50, 1, () => 1_000);
await measureAtRate('1 update each', 20, 30, () => 1);
await measureAtRate('1 to 20 updates each', 20, 30, () => 1 + Math.floor(Math.random() * 20));

server.kill('SIGKILL');
receiver.closeAllConnections();
receiver.close();
rmSync(folder, { recursive: true, force: true });
