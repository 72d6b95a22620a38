import { expect } from 'vitest';
import type { LoginFlow } from '../../src/login-flow.js';
import type { PipelinePoint } from '../../src/oauth/pipeline-points.js';
import { eventually } from '../support/eventually.js';
import { attemptsOf, complete } from '../support/outcome.js';
import type { Callback } from '../support/test-app.js';
import { completeFinally } from './consent.js';
import { size } from './size.js';
import { createVictims, type Death, type Victims } from './victims.js';

/** A way through the pipeline, and the points at which it is cut off. */
export interface Passage {
  readonly persona: string;
  /** What the attempt comes to when nobody is killed: `SAVED`, or the code of its error. */
  readonly end: string;
  /** Those that it is named for: others pass them too, or do not come there. */
  readonly points: readonly PipelinePoint[];
  /** Trouble that leads there, for this person alone. */
  readonly faults?: (victims: Victims, persona: string) => void;
  /** By the server's clock. */
  readonly callMs?: number;
  /**
   * How the victim comes to the point: by connecting, by being told to stop while it does, or in the sweep of
   * the process after one that died with the first token just stored.
   */
  readonly by?: 'connecting' | 'stopping' | 'sweeping';
}

/** What became of a connection whose server was killed. */
export interface Aftermath {
  readonly where: string;
  readonly killedBy: number | string | null;
  readonly end: string;
  /** How often the code was sent. */
  readonly sendings: number;
  /** How often that gave a token, whether or not anybody heard of it. */
  readonly tokens: number;
  readonly stuck: number;
}

interface Case {
  readonly passage: Passage;
  readonly death: Death;
  readonly persona: string;
}

/** Chains of victims side by side: a start costs more time than everything else. */
const LANES = 2;

/** Kills a server before and after every point of the passages, and looks what the next one makes of it. */
export async function killEverywhere(
  flow: LoginFlow,
  passages: readonly Passage[],
): Promise<{ seen: Aftermath[]; promised: Aftermath[] }> {
  const deaths = (size.everyPoint ? await withEveryPoint(flow, passages) : passages).flatMap(deathsOf);
  // Each death is another person's: nobody is spared for having been connected before.
  const cases = deaths.map(({ passage, death }, index): Case => ({
    passage,
    death,
    persona: `${passage.persona}#${index + 1}`,
  }));
  const seen: Aftermath[] = [];
  const lane = async (first: number): Promise<void> => {
    await using victims = await createVictims(flow);
    await victims.start();
    for (const [index, one] of cases.entries()) {
      if (index % LANES === first) seen[index] = await dieAndLook(victims, one);
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, first) => lane(first)));
  return { seen, promised: cases.map(promise) };
}

function deathsOf(passage: Passage): Array<Omit<Case, 'persona'>> {
  const sides = ['before', 'after'] as const;
  const points = passage.points.filter((point) => size.points?.includes(point) ?? true);
  return points.flatMap((point) => sides.map((side) => ({ passage, death: { point, side } })));
}

/** The passages, each with every point that somebody passes who connects so; found by connecting so. */
async function withEveryPoint(flow: LoginFlow, passages: readonly Passage[]): Promise<Passage[]> {
  await using victims = await createVictims(flow);
  await victims.start();
  const found: Passage[] = [];
  for (const passage of passages) {
    if (passage.by === undefined) {
      const persona = `${passage.persona}#${found.length + 1}`;
      const callback = await victims.consent(persona);
      passage.faults?.(victims, persona);
      await victims.order({ callMs: passage.callMs ?? 0 });
      await complete(victims, callback);
      found.push({ ...passage, points: [...new Set(await victims.order({}))] });
    } else found.push(passage);
  }
  return found;
}

async function dieAndLook(victims: Victims, one: Case): Promise<Aftermath> {
  const callback = await victims.consent(one.persona);
  const killedBy = await die(victims, one, callback);
  await victims.start();
  await eventually(async () => {
    expect((await attemptsOf(victims)).filter(({ outcome }) => outcome === 'OPEN')).toEqual([]);
  });
  // The page asks again: it finds what the sweep has made of it. Nothing was written before the first write.
  const completion = await completeFinally(victims, callback);
  const attempts = await attemptsOf(victims);
  const sendings = victims.sandbox.ledger
    .calls({ endpoint: 'code_exchange' })
    .filter(({ params }) => params['code'] === callback.code);
  return {
    where: whereOf(one),
    killedBy,
    end: 'failure' in completion ? completion.failure.extensions.code : 'SAVED',
    sendings: sendings.length,
    tokens: sendings.filter(({ granted }) => granted !== null).length,
    stuck: attempts.filter(({ outcome }) => outcome === 'OPEN').length,
  };
}

async function die(
  victims: Victims,
  { passage: { by = 'connecting', callMs = 0, faults }, death, persona }: Case,
  callback: Callback,
): Promise<number | NodeJS.Signals | null> {
  const sweeping = by === 'sweeping';
  await victims.order({
    callMs,
    death: sweeping ? { point: 'attempt.exchanged', side: 'after' } : death,
  });
  faults?.(victims, persona);
  const { ended } = victims;
  // The connection breaks with the server.
  const asked = complete(victims, callback).catch(() => null);
  if (by === 'stopping') {
    await victims.sandbox.ledger.waitFor({ endpoint: 'fb_exchange_token', persona });
    await victims.order({ close: true });
  }
  await asked;
  const killedBy = await ended;
  return sweeping ? victims.startToDie(death) : killedBy;
}

/**
 * What is promised: every connection ends as it would have, and its code is sent once. Only where Meta may have
 * answered and the answer was not yet written down is it sent again: Meta says that it was used, and the person
 * has to connect again.
 */
function promise(one: Case): Aftermath {
  const { point, side } = one.death;
  const inWindow =
    (point === 'meta.code_exchange' && side === 'after') ||
    (point === 'attempt.exchanged' && side === 'before');
  return {
    where: whereOf(one),
    killedBy: 'SIGKILL',
    end: inWindow ? 'REAUTHORIZATION_REQUIRED' : one.passage.end,
    sendings: inWindow ? 2 : 1,
    tokens: 1,
    stuck: 0,
  };
}

function whereOf({ passage, death }: Case): string {
  return `${passage.persona}: ${death.side} ${death.point}`;
}
