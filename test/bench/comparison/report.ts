import { goalsOf } from './goals.ts';
import type { Results } from './results.ts';
import { exchangeTable, goalsTable, measuredWorks, startsTable, worksTable } from './tables.ts';

/** Everything that was measured, as Markdown. */
export function report(results: Results): string {
  const { works, starts, exchange, postgresql } = results;
  const parts = [
    '# The last run of `npm run bench`',
    caption(results),
    'Answers a second (median ± half of what lies between the least and the most) and CPU time of the server for each, kernel included. Equal data, equal bytes, 32 connections, one question at a time on each.',
  ];
  if (measuredWorks(works).length > 0) parts.push('## SQLite', worksTable(works, true));
  if (measuredWorks(postgresql).length > 0) {
    parts.push(
      '## PostgreSQL',
      'The database runs on the CPU of the load, and is the limit there: compare the CPU times.',
      worksTable(postgresql, true),
    );
  }
  if (exchange !== null) parts.push('## Connections', exchangeTable(results));
  if (starts.size > 0) parts.push('## Start and memory', startsTable(results));
  parts.push(
    '## Goals',
    'Each ratio is the median of those of each round. W1 to W3 are judged by CPU time, which is all that they need and which other work on the machine hardly changes; W4 by answers a second, since it also waits for the disk.',
    goalsTable(results),
  );
  return `${parts.join('\n\n')}\n`;
}

/** What the README shows of it. */
export function summary(results: Results): string {
  const goals = goalsOf(results);
  const reached = goals.filter(({ isReached }) => isReached).length;
  return [
    worksTable(results.works, false),
    `${caption(results)} ${reached} of ${goals.length} goals are reached: [all figures](test/bench/results/latest.md).`,
  ].join('\n\n');
}

function caption(results: Results): string {
  return captionLines(results).join('; ');
}

export function captionLines({ machine, rounds, roundMs }: Results): readonly [string, string] {
  const { date, description, loadBefore, loadAfter } = machine;
  return [
    `${date}, ${description}`,
    `${rounds} rounds of ${roundMs / 1_000} s, in turn; load of the machine ${loadBefore.toFixed(1)} before and ${loadAfter.toFixed(1)} after.`,
  ];
}
