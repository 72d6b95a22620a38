import { Writable } from 'node:stream';
import { createLogger, type RequestLogger } from '../../src/logger.js';

export interface LogLines {
  readonly logger: RequestLogger;
  /** What was written, line by line. */
  readonly lines: readonly string[];
  /** The last line, parsed. */
  readonly last: Record<string, unknown>;
}

/** The server's own logger, with its lines in memory. */
export async function logLines(level = 'trace'): Promise<LogLines> {
  const lines: string[] = [];
  const destination = new Writable({
    write: (line: Buffer, _encoding, done) => {
      lines.push(line.toString());
      done();
    },
  });
  return {
    logger: await createLogger({ level, pretty: false, destination }),
    lines,
    get last() {
      return JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>;
    },
  };
}
