import { apollo, mercurius, ours, oursOther, raw, yoga, type Contestant } from './contestants.ts';
import { ratioOf, type Ratio } from './ratios.ts';
import type { Results } from './results.ts';
import { workIds, type WorkId } from './works.ts';

/** What the server is to reach, and what it has. */
export interface Goal {
  readonly what: string;
  readonly goal: string;
  readonly measured: string;
  readonly isReached: boolean;
}

/**
 * What W1 to W3 are judged by: CPU time is all that they need, and what others do on the machine hardly changes it.
 * W4 waits for the disk too, and is judged by its answers a second.
 */
const byCpu: ReadonlySet<WorkId> = new Set(['w1', 'w2', 'w3']);

/** By work, W1 to W4; null where there is none. */
const RATIO_GOALS: ReadonlyArray<readonly [Contestant, Contestant, ReadonlyArray<number | null>]> = [
  [ours, mercurius, [1.05, 1.05, 1.05, 1]],
  [ours, raw, [0.55, 0.85, 0.6, 0.65]],
  [oursOther, mercurius, [0.85, 0.95, 0.65, 0.8]],
  [oursOther, yoga, [1.5, 1.5, 1.5, 1.5]],
  [oursOther, apollo, [null, 10, null, null]],
];

const EXCHANGE_SHARE = 0.9;
const EXCHANGE_OVERHEAD_MS = 8;
const START_RATIO = 1.3;
const MEMORY_RATIO = 1.2;

/** Every goal that this run says something about. */
export function goalsOf(results: Results): readonly Goal[] {
  return [...ratioGoals(results), ...startGoals(results), ...exchangeGoals(results)];
}

function ratioGoals({ works }: Results): Goal[] {
  return RATIO_GOALS.flatMap(([one, other, goals]) =>
    workIds.flatMap((work, index) => {
      const [goal, ratio] = [goals[index] ?? null, ratioOf(works, work, one, other)];
      if (goal === null || ratio === null) return [];
      // Only Linux says how much CPU time it was.
      const isByCpu = byCpu.has(work) && !Number.isNaN(ratio.byCpu);
      return {
        what: `${work.toUpperCase()}: ${one.name} / ${other.name}`,
        goal: `≥ ${goal.toFixed(2)}`,
        measured: isByCpu
          ? `${ratio.byCpu.toFixed(2)} (by answers a second ${ratio.perSecond.toFixed(2)}, ${range(ratio)})`
          : `${ratio.perSecond.toFixed(2)}, ${range(ratio)} (by CPU time ${ratio.byCpu.toFixed(2)})`,
        isReached: (isByCpu ? ratio.byCpu : ratio.perSecond) >= goal,
      };
    }),
  );
}

function range({ least, most }: Ratio): string {
  return `${least.toFixed(2)} to ${most.toFixed(2)}`;
}

function startGoals({ starts }: Results): Goal[] {
  const [mine, theirs] = [starts.get(ours), starts.get(mercurius)];
  if (mine === undefined || theirs === undefined) return [];
  const atMost = (what: string, limit: number, ratio: number): Goal => ({
    what,
    goal: `≤ ${limit.toFixed(2)}`,
    measured: ratio.toFixed(2),
    isReached: ratio <= limit,
  });
  return [
    atMost(`Start: ours / ${mercurius.name}`, START_RATIO, mine.startMs / theirs.startMs),
    atMost(`Memory after W2: ours / ${mercurius.name}`, MEMORY_RATIO, mine.afterBytes / theirs.afterBytes),
  ];
}

function exchangeGoals({ exchange }: Results): Goal[] {
  if (exchange === null) return [];
  const share = exchange.perSecond / exchange.idealPerSecond;
  const overheadMs = exchange.p50Ms - exchange.sumMs;
  return [
    {
      what: 'Connections completed a second / ideal',
      goal: `≥ ${EXCHANGE_SHARE.toFixed(2)}`,
      measured: share.toFixed(2),
      isReached: share >= EXCHANGE_SHARE,
    },
    {
      what: "A connection's p50 beyond the sum of Meta's answers",
      goal: `≤ ${EXCHANGE_OVERHEAD_MS} ms`,
      measured: `${overheadMs.toFixed(1)} ms`,
      isReached: overheadMs <= EXCHANGE_OVERHEAD_MS,
    },
  ];
}
