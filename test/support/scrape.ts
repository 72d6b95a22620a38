import { send } from './http.js';
import type { TestApp } from './test-app.js';

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

/** What `GET /metrics` answered. */
export interface Scrape {
  readonly text: string;
  readonly samples: readonly Sample[];
  /** The names of metrics, as their `# TYPE` lines have them. */
  readonly names: readonly string[];
  /** The one sample with exactly these labels; null when there is none. */
  readonly value: (name: string, labels?: Labels) => number | null;
  /** Every combination of labels that a metric has, as `a/b/c`, with its value. */
  readonly series: (name: string) => Record<string, number>;
}

/** Reads `GET /metrics` as Prometheus does. */
export async function scrape(moca: Pick<TestApp, 'url'>): Promise<Scrape> {
  const { status, text } = await send(moca, '/metrics');
  if (status !== 200) throw new Error(`GET /metrics answered ${status}: ${text}`);
  const lines = text.split('\n').filter((line) => line !== '');
  const samples = lines.filter((line) => !line.startsWith('#')).map(toSample);
  const of = (name: string): Sample[] => samples.filter((sample) => sample.name === name);
  return {
    text,
    samples,
    names: lines.flatMap((line) => /^# TYPE (\S+) /.exec(line)?.[1] ?? []),
    value: (name, labels = {}) => of(name).find((sample) => hasLabels(sample, labels))?.value ?? null,
    series: (name) =>
      Object.fromEntries(of(name).map(({ labels, value }) => [Object.values(labels).join('/'), value])),
  };
}

function toSample(line: string): Sample {
  const [, name = '', inner = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (name === '') throw new Error(`Not a line of the text format: ${line}`);
  const labels = [...inner.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', text = '']) => [
    key,
    text,
  ]);
  return { name, labels: Object.fromEntries(labels) as Labels, value: Number(value) };
}

function hasLabels(sample: Sample, labels: Labels): boolean {
  const wanted = Object.entries(labels);
  return (
    Object.keys(sample.labels).length === wanted.length &&
    wanted.every(([label, value]) => sample.labels[label] === value)
  );
}
