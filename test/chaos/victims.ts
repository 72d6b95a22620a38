import { once } from 'node:events';
import { join } from 'node:path';
import type { LoginFlow } from '../../src/login-flow.js';
import type { PipelinePoint } from '../../src/oauth/pipeline-points.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { MINUTE } from '../../src/time.js';
import { Client } from '../support/client.js';
import {
  forkServer,
  startServerProcess,
  type ServerProcess,
  type ServerScript,
} from '../support/server-process.js';
import { testSecrets, type Callback } from '../support/test-app.js';
import { consentAt } from './consent.js';
import { createServers, kill } from './servers.js';

/** Where a victim's life ends. */
export interface Death {
  readonly point: PipelinePoint;
  readonly side: 'before' | 'after';
}

/** What a victim can be told, at its start or later. */
export interface VictimOrder {
  readonly death?: Death;
  /** Sets its clock so far ahead of the machine's. */
  readonly aheadMs?: number;
  /** How long every call of Meta's takes, by its clock. */
  readonly callMs?: number;
  readonly close?: true;
}

/** One server process after the other on one database, with one sandbox. */
export interface Victims extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly databaseUrl: string;
  /** Both talk to the one that runs now. */
  readonly visitor: Client;
  readonly admin: Client;
  /** Starts the next one, for which every lease of those before is over; it sweeps at once. */
  start(): Promise<void>;
  /** Starts the next one only to die in its first sweep; gives what ended it. */
  startToDie(death: Death): Promise<number | NodeJS.Signals | null>;
  /** Gives the points that the one that runs has come to since the order before. */
  order(order: VictimOrder): Promise<PipelinePoint[]>;
  /** Ends the one that runs, wherever it stands. */
  kill(): Promise<void>;
  /** Resolves when the one that runs has ended, to what ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  consent(persona: string): Promise<Callback>;
}

export async function createVictims(flow: LoginFlow): Promise<Victims> {
  const servers = await createServers(flow);
  const { sandbox, databaseUrl, env } = servers;
  let running: ServerProcess | null = null;
  let generation = 0;
  const current = (): ServerProcess => {
    if (running === null) throw new Error('No victim was started.');
    return running;
  };
  const script = (order: VictimOrder): ServerScript => {
    generation += 1;
    // Beyond every lease and postponement of those before, however far slow calls had moved their clocks.
    const aheadMs = generation * 5 * MINUTE;
    return { path: join(import.meta.dirname, 'victim.ts'), args: [JSON.stringify({ aheadMs, ...order })] };
  };
  const visitor = new Client(() => current().url);
  return {
    sandbox,
    databaseUrl,
    visitor,
    admin: new Client(() => current().url, testSecrets.adminKey),
    start: async () => {
      running = await startServerProcess(env, script({}));
    },
    startToDie: async (death) => {
      await using victim = forkServer(env, script({ death }));
      return await victim.ended;
    },
    order: async (order) => {
      const { child } = current();
      const obeyed = once(child, 'message');
      child.send(order);
      const [passed] = (await obeyed) as [PipelinePoint[]];
      return passed;
    },
    kill: () => kill(current()),
    get ended() {
      return current().ended;
    },
    consent: (persona) => consentAt(visitor, sandbox, persona),
    [Symbol.asyncDispose]: async () => {
      await running?.[Symbol.asyncDispose]();
      await servers[Symbol.asyncDispose]();
    },
  };
}
