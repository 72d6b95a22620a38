import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { headersOf, type Question } from './ask.ts';
import { LOAD_CPU, nodeOn } from './pinned.ts';
import { cpuMs } from './process-figures.ts';
import type { ServerProcess } from './server-process.ts';

const CONNECTIONS = 32;

/** What the process that makes the load is told. */
export interface LoadOrder {
  readonly port: number;
  /** As they go over the wire. */
  readonly requests: readonly string[];
  readonly connections: number;
  readonly milliseconds: number;
}

export interface LoadReport {
  readonly answers: number;
  readonly milliseconds: number;
  /** What was no answer, if there was such. */
  readonly problem: string | null;
}

export interface Sample {
  readonly perSecond: number;
  /** Of the server's CPU time, for each answer. */
  readonly cpuUs: number;
  readonly answers: number;
}

/** Whoever makes the load: a process of its own on a CPU of its own. */
export class Load implements Disposable {
  readonly #child;

  constructor() {
    const { command, args } = nodeOn(LOAD_CPU, join(import.meta.dirname, 'load-process.ts'));
    this.#child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  }

  /** @throws Error when one answer is none */
  async run(
    { port, pid, condition }: ServerProcess,
    questions: readonly Question[],
    milliseconds: number,
  ): Promise<Sample> {
    const before = cpuMs(pid);
    const requests = questions.map((question) => wire(question, port));
    this.#child.send({ port, requests, connections: CONNECTIONS, milliseconds } satisfies LoadOrder);
    const [report] = (await once(this.#child, 'message')) as [LoadReport];
    if (report.problem !== null) throw new Error(`${report.problem}, from ${condition()}`);
    const { answers } = report;
    return {
      answers,
      perSecond: answers / (report.milliseconds / 1_000),
      cpuUs: ((cpuMs(pid) - before) * 1_000) / answers,
    };
  }

  [Symbol.dispose](): void {
    this.#child.disconnect();
  }
}

function wire(question: Question, port: number): string {
  const headers = Object.entries({ host: `127.0.0.1:${port}`, ...headersOf(question) });
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `POST /graphql HTTP/1.1\r\n${head}\r\n${question.body}`;
}
