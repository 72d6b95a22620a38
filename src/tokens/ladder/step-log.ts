import { AppError } from '../../errors.js';
import { MetaError } from '../../meta/meta-error.js';
import type { Clock } from '../../time.js';
import { toTokenProblem } from '../token-problem.js';
import { hintFor } from './hints.js';
import { stepNames, type StepName, type StepReport } from './step-report.js';

export type Taken<T> =
  | { readonly ok: true; readonly value: T; readonly error: null }
  | { readonly ok: false; readonly error: AppError };

/** Takes steps and writes down how each went. */
export class StepLog {
  readonly #clock: Clock;
  readonly #reports: Map<StepName, StepReport>;
  readonly #notes = new Map<StepName, string[]>();

  constructor(clock: Clock, earlier: readonly StepReport[] = []) {
    this.#clock = clock;
    this.#reports = new Map(earlier.map((report) => [report.step, report]));
  }

  /**
   * Takes a step. Meta's refusals and our own coded errors come back as a value, for the ladder to go on;
   * everything else is thrown.
   */
  async take<T>(
    step: StepName,
    run: () => Promise<T>,
    describe: (value: T) => string | null = () => null,
  ): Promise<Taken<T>> {
    const startedAt = performance.now();
    try {
      const value = await run();
      this.#write(step, startedAt, { outcome: 'OK', detail: describe(value) });
      return { ok: true, value, error: null };
    } catch (caught) {
      const error = caught instanceof MetaError ? caught.toAppError(step) : caught;
      if (!(error instanceof AppError)) throw caught;
      this.#write(step, startedAt, {
        outcome: 'FAILED',
        problem: toTokenProblem(error, this.#clock.now()),
        hint: hintFor(step, error),
      });
      return { ok: false, error };
    }
  }

  /** Adds a sentence to the detail of a step that is being taken, however it ends. */
  note(step: StepName, sentence: string): void {
    this.#notes.set(step, [...(this.#notes.get(step) ?? []), sentence]);
  }

  /** The reports in the ladder's order; a step of `steps` that was not taken is SKIPPED. */
  reports(steps: readonly StepName[]): StepReport[] {
    return stepNames
      .filter((step) => steps.includes(step) || this.#reports.has(step))
      .map((step) => this.#reports.get(step) ?? { ...untaken, step });
  }

  #write(step: StepName, startedAt: number, report: Partial<StepReport>): void {
    const durationMs = Math.round(performance.now() - startedAt);
    const detail = [report.detail ?? null, ...(this.#notes.get(step) ?? [])].filter((text) => text !== null);
    this.#reports.set(step, {
      ...untaken,
      ...report,
      step,
      durationMs,
      detail: detail.length === 0 ? null : detail.join(' '),
    });
  }
}

const untaken = { outcome: 'SKIPPED', problem: null, hint: null, detail: null, durationMs: 0 } as const;
