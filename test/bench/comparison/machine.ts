import { cpus, loadavg, totalmem } from 'node:os';
import process from 'node:process';
import { canPin } from './pinned.ts';

/** Where and when it was measured: figures of two machines cannot be compared. */
export interface Machine {
  readonly date: string;
  readonly description: string;
  /** The load of the last minute, ours included, before and after. */
  readonly loadBefore: number;
  readonly loadAfter: number;
}

export function describeMachine(loadBefore: number): Machine {
  const [cpu, ...others] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const pinned = canPin ? 'server on CPU 0, load on CPU 1' : 'not pinned';
  return {
    date: new Date().toISOString().slice(0, 10),
    description: `${1 + others.length} × ${cpu?.model.trim()}, ${memory} GiB, Node ${process.versions.node}, ${pinned}`,
    loadBefore,
    loadAfter: load(),
  };
}

export function load(): number {
  return loadavg()[0] ?? Number.NaN;
}
