import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ConnectionAttemptsDocument } from '../../src/generated/graphql.js';
import { loginFlows, type LoginFlow } from '../../src/login-flow.js';
import { openStatuses } from '../../src/oauth/auth-attempt.entity.js';
import { sha256 } from '../../src/oauth/authorization-state.js';
import { randomNumbers } from '../../src/sandbox/random-numbers.js';
import { eventually } from '../support/eventually.js';
import { complete } from '../support/outcome.js';
import { runSql } from '../support/sql.js';
import type { Callback } from '../support/test-app.js';
import { completeFinally } from './consent.js';
import { seed, size } from './size.js';
import { createVictims, type Victims } from './victims.js';

/** Who connects at the same time, and what it comes to when nobody is killed. */
const crowds: Readonly<Record<LoginFlow, Readonly<Record<string, string>>>> = {
  moca: {
    'page-token': 'SAVED',
    'code-101': 'SAVED',
    'short-lived-only': 'SAVED',
    'no-page': 'PAGE_NOT_LINKED',
  },
  facebook: {
    'portfolio-page': 'SAVED',
    'page-token': 'SAVED',
    'several-pages': 'SAVED',
    'no-page': 'PAGE_NOT_LINKED',
  },
  instagram: {
    'page-token': 'SAVED',
    'big-ids': 'SAVED',
    'short-lived-only': 'SAVED',
    'declined-basic': 'MISSING_PERMISSION',
  },
};

/** What became of a connection during which the server was killed. */
interface Fate {
  readonly persona: string;
  /** What it comes to when nobody is killed. */
  readonly promised: string;
  readonly end: string;
  /** How its attempt stood in the database right after the death; null when it was not there. */
  readonly statusAtDeath: string | null;
  readonly sendingsAtDeath: number;
  readonly sendings: number;
  /** How many of the sendings gave a token, whether or not anybody heard of it. */
  readonly tokens: number;
}

interface Connection {
  readonly persona: string;
  readonly promised: string;
  readonly callback: Callback;
}

test(
  `Killed at random times while several people connect, servers lose no token, send no code again after it, and leave nothing open (seed ${seed}).`,
  { timeout: size.timeoutMs },
  async ({ annotate }) => {
    const fates = (await Promise.all(loginFlows.map(killAtRandom))).flat();
    await annotate(`${size.randomKills} kills: ${JSON.stringify(countBy(fates, whereAndHow))}`);
    expect(fates.filter((fate) => !isKept(fate))).toEqual([]);
    // The kills were not all too early or too late to matter.
    expect(fates.some(({ statusAtDeath }) => openStatuses.some((status) => status === statusAtDeath))).toBe(
      true,
    );
  },
);

/** Kills one server after the other while people connect by the flow. */
async function killAtRandom(flow: LoginFlow, lane: number): Promise<Fate[]> {
  const random = randomNumbers(seed + lane);
  await using victims = await createVictims(flow);
  await victims.start();
  // As fresh as those that are killed: the first connections of a process take the longest.
  const undisturbed = await crowdOf(victims, flow, 0);
  const startedAt = performance.now();
  await Promise.all(undisturbed.map(({ callback }) => complete(victims, callback)));
  const wholeMs = performance.now() - startedAt;
  await victims.kill();
  await victims.start();
  const fates: Fate[] = [];
  for (let killed = 1; killed <= size.randomKills / loginFlows.length; killed += 1) {
    fates.push(...(await killAmid(victims, flow, killed, random() * wholeMs)));
  }
  return fates;
}

async function crowdOf(victims: Victims, flow: LoginFlow, number: number): Promise<Connection[]> {
  const members = Object.entries(crowds[flow]);
  return Promise.all(
    members.map(async ([kind, promised]) => {
      const persona = `${kind}#${number + 1}`;
      return { persona, promised, callback: await victims.consent(persona) };
    }),
  );
}

async function killAmid(victims: Victims, flow: LoginFlow, number: number, afterMs: number): Promise<Fate[]> {
  const crowd = await crowdOf(victims, flow, number);
  // Their connections break with the server.
  const asked = crowd.map(({ callback }) => complete(victims, callback).catch(() => null));
  await sleep(afterMs);
  await victims.kill();
  await Promise.all(asked);
  const rows = await runSql(victims, 'select code_hash, status from auth_attempt');
  const statuses = new Map(rows.map(({ code_hash, status }) => [String(code_hash), String(status)]));
  const sendingsAtDeath = crowd.map(({ callback }) => sendingsOf(victims, callback).length);
  await victims.start();
  await eventually(async () => {
    const { connectionAttempts } = await victims.admin.send(ConnectionAttemptsDocument, { outcome: 'OPEN' });
    expect(connectionAttempts.edges).toEqual([]);
  });
  return Promise.all(
    crowd.map(async ({ persona, promised, callback }, index): Promise<Fate> => {
      // The page asks again: it finds what the sweep has made of it.
      const completion = await completeFinally(victims, callback);
      const sendings = sendingsOf(victims, callback);
      return {
        persona,
        promised,
        end: 'failure' in completion ? completion.failure.extensions.code : 'SAVED',
        statusAtDeath: statuses.get(sha256(callback.code)) ?? null,
        sendingsAtDeath: sendingsAtDeath[index] ?? 0,
        sendings: sendings.length,
        tokens: sendings.filter(({ granted }) => granted !== null).length,
      };
    }),
  );
}

function sendingsOf({ sandbox }: Victims, { code }: Callback) {
  return sandbox.ledger.calls({ endpoint: 'code_exchange' }).filter(({ params }) => params['code'] === code);
}

/**
 * Whether everything that is promised of it holds. Only what was sent, and answered with a token that was not
 * written down, is sent again, once, and then needs the person again.
 */
function isKept(fate: Fate): boolean {
  const { promised, end, statusAtDeath, sendingsAtDeath, sendings, tokens } = fate;
  if (tokens !== 1) return false;
  if (statusAtDeath === null || statusAtDeath === 'new') return end === promised && sendings === 1;
  if (statusAtDeath !== 'exchanging') return end === promised && sendings === sendingsAtDeath;
  return end === promised ? sendings <= 2 : end === 'REAUTHORIZATION_REQUIRED' && sendings === 2;
}

function whereAndHow({ statusAtDeath, end }: Fate): string {
  return `${statusAtDeath ?? 'unwritten'} → ${end}`;
}

function countBy<T>(items: readonly T[], nameOf: (item: T) => string): Record<string, number> {
  return Object.fromEntries(
    Object.entries(Object.groupBy(items, nameOf)).map(([name, group]) => [name, group?.length ?? 0]),
  );
}
