import { goalsOf } from './goals.ts';
import type { Sample } from './load.ts';
import type { Samples } from './measure-works.ts';
import type { Results } from './results.ts';
import { median, spread } from './statistics.ts';
import { workIds, workTitles, type WorkId } from './works.ts';

/** Markdown; whoever writes it to a file has it formatted. */
function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Answers a second and CPU time, by server and work. */
export function worksTable(samples: Samples, withSpread: boolean): string {
  const works = measuredWorks(samples);
  const names = [...(samples[works[0] ?? 'w1']?.keys() ?? [])];
  return table(
    ['server', ...works.map((work) => `${work.toUpperCase()} ${workTitles[work]}`)],
    names.map((contestant) => [
      contestant.name,
      ...works.map((work) => cell(samples[work]?.get(contestant) ?? [], withSpread)),
    ]),
  );
}

function cell(samples: readonly Sample[], withSpread: boolean): string {
  const perSecond = samples.map((sample) => sample.perSecond);
  const around = withSpread ? ` ± ${((spread(perSecond) / 2) * 100).toFixed(0)} %` : '';
  const cpuUs = median(samples.map((sample) => sample.cpuUs));
  return `${count(median(perSecond))}${around}, ${count(cpuUs)} µs`;
}

export function goalsTable(results: Results): string {
  return table(
    ['goal', 'at', 'measured', ''],
    goalsOf(results).map(({ what, goal, measured, isReached }) => [
      what,
      goal,
      measured,
      isReached ? 'pass' : '**fail**',
    ]),
  );
}

export function startsTable({ starts }: Results): string {
  return table(
    ['server', 'first answer after', 'memory then', 'after W2'],
    [...starts].map(([{ name }, { startMs, firstBytes, afterBytes }]) => [
      name,
      `${startMs.toFixed(0)} ms`,
      megabytes(firstBytes),
      megabytes(afterBytes),
    ]),
  );
}

export function exchangeTable({ exchange }: Results): string {
  if (exchange === null) return '';
  const { perSecond, idealPerSecond, callsInSequence, delayMs } = exchange;
  return table(
    ['connections through the sandbox', 'measured', 'ideal'],
    [
      [`a second, ${exchange.atOnce} at once`, count(perSecond), count(idealPerSecond)],
      ['p50', `${exchange.p50Ms.toFixed(1)} ms`, `${callsInSequence} × ${delayMs} = ${exchange.sumMs} ms`],
      ['p99', `${exchange.p99Ms.toFixed(1)} ms`, ''],
      ['one alone', `${exchange.loneMs.toFixed(1)} ms`, ''],
      ['calls to Meta each', exchange.calls.toFixed(2), ''],
      ['commits each', exchange.commits.toFixed(2), ''],
      ['CPU of the server each', `${exchange.cpuMs.toFixed(2)} ms`, ''],
      ['CPU of the sandbox each', `${exchange.sandboxCpuMs.toFixed(2)} ms`, ''],
    ],
  );
}

export function measuredWorks(samples: Samples): readonly WorkId[] {
  return workIds.filter((work) => samples[work] !== undefined);
}

function count(number: number): string {
  return number.toLocaleString('en', { maximumFractionDigits: 0 });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
