import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';

/**
 * Where tests keep what need not survive the machine: in memory, where there is such a file system. A disk's syncs
 * would take half of their time.
 */
export const memoryFolder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
