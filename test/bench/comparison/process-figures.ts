import { readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second, whatever its own tick is. */
const TICK_MS = 10;

/** The CPU time that a process has had so far, its own and the kernel's for it, in milliseconds. NaN where Linux is not. */
export function cpuMs(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  // The name in brackets may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** What it has in memory, in bytes. NaN where Linux is not. */
export function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1]) * 1024;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // Not Linux, or the process is gone: no figure.
  }
}
