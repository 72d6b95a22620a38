import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import process from 'node:process';

/** Where the server runs, and where everything else does. */
export const SERVER_CPU = 0;
export const LOAD_CPU = 1;

export const canPin =
  availableParallelism() > 1 && spawnSync('taskset', ['-c', String(LOAD_CPU), 'true']).status === 0;

/** The command line of a Node program that runs on one CPU, where that can be said. */
export function nodeOn(cpu: number, ...program: string[]): { command: string; args: string[] } {
  const [command, args] = [process.execPath, program];
  return canPin ? { command: 'taskset', args: ['-c', String(cpu), command, ...args] } : { command, args };
}

/** This process, and what it starts without a word about it. */
export function pinMyself(): void {
  if (canPin) spawnSync('taskset', ['-a', '-cp', String(LOAD_CPU), String(process.pid)]);
}
