import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';

/**
 * How many transactions another process commits during `work`, by SQLite's own log: a frame that ends one says how
 * large the database is after it.
 *
 * @see https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 */
export async function commitsDuring(path: string, work: () => Promise<unknown>): Promise<number> {
  const database = new Database(path);
  try {
    database.pragma('wal_checkpoint(truncate)');
    // Whoever still reads what was there before keeps the log from beginning anew.
    database.exec('begin');
    database.prepare('select count(*) from auth_attempt').get();
    await work();
    return commitsIn(readFileSync(`${path}-wal`));
  } finally {
    database.close();
  }
}

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

function commitsIn(log: Buffer): number {
  if (log.length < HEADER_BYTES) return 0;
  const frameBytes = FRAME_HEADER_BYTES + log.readUInt32BE(8);
  const salt = log.subarray(16, 24);
  let commits = 0;
  for (let at = HEADER_BYTES; at + frameBytes <= log.length; at += frameBytes) {
    // What comes after the last frame is of an older log.
    if (!log.subarray(at + 8, at + 16).equals(salt)) break;
    if (log.readUInt32BE(at + 4) !== 0) commits += 1;
  }
  return commits;
}
