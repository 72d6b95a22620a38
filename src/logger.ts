import process from 'node:process';
import {
  pino,
  type DestinationStream,
  type Logger as PinoLogger,
  type LoggerOptions as PinoOptions,
} from 'pino';
import { toIsoString } from './iso-string.js';
import { loggable, readable } from './loggable.js';
import { scrub } from './scrub.js';

/** Without children: what is bound to one would be written without having been looked through. */
export type Logger = Pick<PinoLogger, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;

/** Writes the line of an answered request, too. */
export interface RequestLogger extends Logger {
  /**
   * The same line that `info` would write, made by hand, since there is one for every request. It is not looked
   * through: nothing in it may be of the caller's choice.
   */
  readonly request: (
    requestId: string,
    method: 'POST',
    path: '/graphql',
    status: number,
    durationMs: number,
  ) => void;
}

export interface LoggerOptions {
  readonly level: string;
  /** Lines for a person instead of JSON. */
  readonly pretty: boolean;
  /** Where the lines go; standard output without it. */
  readonly destination?: DestinationStream;
}

/** Structured logs, one JSON object a line, without secrets. */
export async function createLogger({ level, pretty, destination }: LoggerOptions): Promise<RequestLogger> {
  const options: PinoOptions = {
    level,
    base: null,
    timestamp: () => `,"time":"${toIsoString(Date.now())}"`,
    formatters: { log: loggable },
    serializers: {
      // `loggable` has described it already; pino's own would read it anew.
      err: (described: unknown) => described,
      // Without a text of its own, a line has the message of its error.
      msg: (text: unknown) => (typeof text === 'string' ? readable(text) : text),
    },
    hooks: {
      // The last defence: whatever looks like a token of Meta's is blanked out, wherever it stands.
      streamWrite: (line: string) => scrub(line),
    },
  };
  const output = destination ?? (pretty ? await prettyOutput() : standardOutput());
  const logger = pino(options, output);
  const isWritten = logger.isLevelEnabled('info');
  return Object.assign(logger, {
    request: (...[requestId, method, path, status, durationMs]: Parameters<RequestLogger['request']>) => {
      if (!isWritten) return;
      const time = toIsoString(Date.now());
      output.write(
        `{"level":30,"time":"${time}","requestId":"${requestId}","method":"${method}","path":"${path}",` +
          `"status":${status},"durationMs":${durationMs},"msg":"request"}\n`,
      );
    },
  });
}

async function prettyOutput(): Promise<DestinationStream> {
  const { default: prettyStream } = await import('pino-pretty');
  return prettyStream({ colorize: true, ignore: 'requestId' });
}

let standard: DestinationStream | undefined;

/** Standard output. Several apps in one process share it. */
function standardOutput(): DestinationStream {
  // Not in step: a pipe that is full would keep the process from anything else.
  standard ??= writtenTogether(pino.destination({ sync: false }));
  return standard;
}

/** How long a line may wait for others, in milliseconds. */
const PATIENCE_MS = 10;

/** Lines of so many characters wait for no more. */
const ENOUGH = 64 * 1024;

/** Writes the lines of a short while at once: each write is a system call, and a turn of another thread. */
function writtenTogether(output: ReturnType<typeof pino.destination>) {
  let lines = '';
  let timer: NodeJS.Timeout | undefined;
  const pass = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (lines !== '') output.write(lines);
    lines = '';
  };
  /** Called by pino after a fatal line, too. */
  const flushSync = (): void => {
    pass();
    output.flushSync();
  };
  process.once('exit', flushSync);
  return {
    flushSync,
    write: (line: string): void => {
      lines += line;
      timer ??= setTimeout(pass, PATIENCE_MS);
      if (lines.length > ENOUGH) pass();
    },
  };
}
