// A server that dies when it is told to: run by Node itself (types are stripped, nothing is compiled), from the
// build in `dist`. The parent process forks it and talks to it over IPC; see `victims.ts`.
import { flushCompileCache } from 'node:module';
import process from 'node:process';
import { createApp } from '../../dist/app.js';
import { readConfig } from '../../dist/config.js';
import { systemClock } from '../../dist/time.js';
import type { PipelinePoint, Points } from '../../src/oauth/pipeline-points.js';
import type { Clock } from '../../src/time.js';
import type { VictimOrder } from './victims.js';

interface Death {
  readonly point: PipelinePoint;
  readonly side: 'before' | 'after';
}

let death: Death | null = null;
/** Since the last order. */
let passed: PipelinePoint[] = [];
/** How far this process's clock is ahead of the machine's. */
let aheadMs = 0;
/** How long every call of Meta's takes by that clock. */
let callMs = 0;

const clock: Clock = {
  now: () => new Date(Date.now() + aheadMs),
  sleep: (ms, signal) => {
    if (signal !== undefined) return systemClock.sleep(ms, signal);
    // A pause between two tries passes at once.
    aheadMs += ms;
    return Promise.resolve();
  },
};

const points: Points = async (point, run) => {
  passed.push(point);
  await dieIf(point, 'before');
  try {
    return await run();
  } finally {
    if (point.startsWith('meta.')) aheadMs += callMs;
    await dieIf(point, 'after');
  }
};

async function dieIf(point: PipelinePoint, side: Death['side']): Promise<void> {
  if (death?.point !== point || death.side !== side) return;
  process.kill(process.pid, 'SIGKILL');
  // Not one more statement, however long the signal takes.
  await new Promise<never>(() => {});
}

function obey(order: VictimOrder): void {
  if (order.death !== undefined) death = order.death;
  if (order.aheadMs !== undefined) aheadMs = order.aheadMs;
  if (order.callMs !== undefined) callMs = order.callMs;
}

obey(JSON.parse(process.argv[2] ?? '{}') as VictimOrder);
const app = await createApp(readConfig(process.env), { clock, points });
process.on('message', (order: VictimOrder) => {
  obey(order);
  if (order.close === true) void app.close().then(() => process.exit(0));
  process.send?.(passed);
  passed = [];
});
await app.listen();
// Whoever is killed keeps nothing: the next victim starts the faster for what is written down now.
flushCompileCache();
