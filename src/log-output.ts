import process from 'node:process';
import { pino, type DestinationStream } from 'pino';

/** An answered request, as its line has it. Nothing in it is of the caller's choice: it is not looked through. */
export interface RequestLine {
  /** In milliseconds since 1970. */
  readonly time: number;
  readonly requestId: string;
  readonly method: 'POST';
  readonly path: '/graphql';
  readonly status: number;
  readonly durationMs: number;
}

/** Where lines go. */
export interface LogOutput extends DestinationStream {
  /** Writes the same line that pino would, made by hand: there is one for every request. */
  request(line: RequestLine): void;
}

/** Writes each line as it comes. */
export function writtenAtOnce(output: DestinationStream): LogOutput {
  return {
    write: (line) => output.write(line),
    request: (line) => output.write(toText(line)),
  };
}

let standard: LogOutput | undefined;

/** Standard output. Several apps in one process share it. */
export function standardOutput(): LogOutput {
  // Not in step: a pipe that is full would keep the process from anything else.
  standard ??= writtenTogether(pino.destination({ sync: false }));
  return standard;
}

/** How long a line may wait for others, in milliseconds; and how many of them wait for no more. */
const PATIENCE_MS = 10;
const ENOUGH = 500;

/** Writes the lines of a short while at once: each write is a system call, and a turn of another thread. */
function writtenTogether(
  output: ReturnType<typeof pino.destination>,
): LogOutput & { readonly flushSync: () => void } {
  let lines: Array<string | RequestLine> = [];
  let timer: NodeJS.Timeout | undefined;
  const pass = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (lines.length === 0) return;
    let text = '';
    for (const line of lines) text += typeof line === 'string' ? line : toText(line);
    lines = [];
    output.write(text);
  };
  const add = (line: string | RequestLine): void => {
    lines.push(line);
    timer ??= setTimeout(pass, PATIENCE_MS);
    if (lines.length >= ENOUGH) pass();
  };
  /** Called by pino after a fatal line, too. */
  const flushSync = (): void => {
    pass();
    output.flushSync();
  };
  process.once('exit', flushSync);
  return { write: add, request: add, flushSync };
}

/** The time of the last line, and its text: lines that are written together are of few milliseconds. */
let [lastTime, lastText] = [Number.NaN, ''];

function toText({ time, requestId, method, path, status, durationMs }: RequestLine): string {
  if (time !== lastTime) [lastTime, lastText] = [time, new Date(time).toISOString()];
  return (
    `{"level":30,"time":"${lastText}","requestId":"${requestId}","method":"${method}","path":"${path}",` +
    `"status":${status},"durationMs":${durationMs},"msg":"request"}\n`
  );
}
