import { AppError } from '../errors.js';
import type { LoginFlow } from '../login-flow.js';
import { SECOND, plus, secondsUntil } from '../time.js';
import { Admission, type AdmissionOptions, type Completer, type CompletionInput } from './admission.js';
import type { AttemptRunner, RunEnd } from './attempt-runner.js';
import { isClaimable, isOpen } from './attempt-store.js';
import type { AuthAttempt } from './auth-attempt.entity.js';
import type { ClaimedAttempt } from './claimed-attempt.js';
import { passThrough } from './pipeline-points.js';
import { fromStoredError } from './stored-error.js';

/** How long a call waits for its connection before it is told to come back. */
const PATIENCE_MS = 25 * SECOND;

/** How often a call looks whether another process has ended its attempt. */
const POLL_MS = 250;

export interface ConnectServiceOptions<Account> extends AdmissionOptions {
  readonly runner: AttemptRunner;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
  /** Told how each run of an attempt ended. */
  readonly onRun?: (flow: LoginFlow, end: RunEnd) => void;
  /** The account as it is now; null when it was deleted. */
  readonly loadAccount: (accountId: string) => Promise<Account | null>;
}

/** Completes authorizations: one code is one attempt, however often, from wherever and by whomever it is sent. */
export class ConnectService<Account> {
  /** The runs of this process, by attempt. Those who join share the answer. */
  readonly #running = new Map<string, Promise<Account>>();
  /** Counts what this process has done with attempts: whoever read one before reads it again. */
  #turns = 0;
  /** Attempts that this process is just about to claim. */
  readonly #claiming = new Map<string, Promise<unknown>>();
  readonly #admission: Admission;

  constructor(private readonly options: ConnectServiceOptions<Account>) {
    this.#admission = new Admission(options);
  }

  /**
   * admit the call → a first call: run its attempt → a repeated one: join the attempt
   *
   * @throws AppError with the codes of the contract; CONNECTION_PENDING after 25 seconds, or when the server
   *   stops: the connection is then finished without the caller, and the same call joins it later
   */
  async complete(input: CompletionInput, completer: Completer): Promise<Account> {
    // One deadline, whatever the call waits for, one thing after the other.
    const deadline = plus(this.options.clock.now(), PATIENCE_MS);
    const admitted = await this.#admission.admit(input, completer, (claim) => ({ run: this.#start(claim) }));
    return 'run' in admitted
      ? this.#waitFor(admitted.run, deadline)
      : this.#follow(admitted.joined, deadline);
  }

  /**
   * Claims an open attempt that nobody holds, and runs it to its end or to its next postponement. Does nothing
   * when somebody else holds it.
   */
  async resume(attemptId: string): Promise<void> {
    // To send the code again would only end the attempt, before its token can be stored.
    if (this.options.runner.holdsToken(attemptId)) return;
    const begun = await this.#takeUp(attemptId, false);
    if (begun === null) return;
    // Whoever waits hears the error; a sweep only has to see the end of it.
    await begun.run.catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error;
    });
  }

  /** Resolves when every run of this process has ended, or reached its next stop after `stopping`. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running.values());
    await this.options.runner.settled();
  }

  /** Waits for an attempt, whoever runs it, and runs it when nobody does. */
  async #follow(attemptId: string, deadline: Date): Promise<Account> {
    const { store, clock, stopping } = this.options;
    for (;;) {
      const running = this.#running.get(attemptId);
      if (running !== undefined) return this.#waitFor(running, deadline);
      const turns = this.#turns;
      const attempt = await store.get(attemptId);
      if (!isOpen(attempt)) return this.#answer(attempt);
      const now = clock.now();
      const retryAt = attempt.retryAt ?? null;
      if (attempt.error != null && retryAt !== null && retryAt > now && now < attempt.openUntil) {
        throw fromStoredError(attempt.error, attempt.steps, secondsUntil(retryAt, now));
      }
      const begun = isClaimable(attempt, now) ? await this.#takeUp(attemptId) : null;
      if (begun !== null) return this.#waitFor(begun.run, deadline);
      if (stopping.aborted || now >= deadline) throw pending();
      // The sweep of this process may be the one that holds it, or held it when it was read.
      const claiming = this.#claiming.get(attemptId);
      if (claiming !== undefined) await claiming;
      else if (turns === this.#turns && !this.#running.has(attemptId)) await clock.sleep(POLL_MS, stopping);
    }
  }

  async #answer(attempt: AuthAttempt): Promise<Account> {
    if (attempt.status === 'failed') {
      if (attempt.error == null) throw new TypeError('A failed attempt has no error.');
      throw fromStoredError(attempt.error, attempt.steps);
    }
    const account = attempt.account == null ? null : await this.options.loadAccount(attempt.account);
    if (account === null) throw deleted();
    return account;
  }

  /** Claims an open attempt that nobody holds, and begins to run it; null when somebody else has it. */
  async #takeUp(attemptId: string, waitedFor = true): Promise<{ readonly run: Promise<Account> } | null> {
    const { store, clock, points = passThrough } = this.options;
    const other = this.#claiming.get(attemptId);
    if (other !== undefined) {
      // Whoever has it then has it in this process: it is found there.
      await other;
      return null;
    }
    const claiming = points('attempt.claim', () => store.claim(attemptId, clock.now()));
    this.#claiming.set(
      attemptId,
      claiming.catch(() => undefined),
    );
    try {
      const claim = await claiming;
      return claim === null ? null : { run: this.#start(claim, waitedFor) };
    } finally {
      this.#turns += 1;
      this.#claiming.delete(attemptId);
    }
  }

  #start(claim: ClaimedAttempt, waitedFor = true): Promise<Account> {
    const { id } = claim.attempt;
    const run = this.#answerOf(claim, waitedFor).finally(() => {
      this.#turns += 1;
      // A run that lost its lease is not to hide the one that this process began since.
      if (this.#running.get(id) === run) this.#running.delete(id);
    });
    this.#running.set(id, run);
    // A run goes on when nobody waits for it any more.
    run.catch(() => undefined);
    return run;
  }

  async #answerOf(claim: ClaimedAttempt, waitedFor: boolean): Promise<Account> {
    const end: RunEnd = await this.options.runner.run(claim, waitedFor);
    this.options.onRun?.(claim.attempt.flow, end);
    switch (end.status) {
      case 'saved': {
        const account = await this.options.loadAccount(end.accountId);
        if (account === null) throw deleted();
        return account;
      }
      case 'failed':
      case 'postponed':
        throw end.error;
      case 'lost':
        throw pending();
    }
  }

  async #waitFor(run: Promise<Account>, deadline: Date): Promise<Account> {
    const { clock, stopping } = this.options;
    const ended = new AbortController();
    // With a reason: without one an error is made for it.
    const end = (): void => ended.abort(null);
    // `AbortSignal.any` does the same, at the cost of some writes to the database.
    stopping.addEventListener('abort', end, { once: true });
    if (stopping.aborted) end();
    const patience = clock
      .sleep(deadline.getTime() - clock.now().getTime(), ended.signal)
      .then((): Account => {
        throw pending();
      });
    // Decided already when the run wins.
    patience.catch(() => undefined);
    try {
      return await Promise.race([run, patience]);
    } finally {
      end();
      stopping.removeEventListener('abort', end);
    }
  }
}

function pending(): AppError {
  return new AppError('CONNECTION_PENDING', 'The connection is still being made.', { retryAfterSeconds: 2 });
}

function deleted(): AppError {
  return new AppError('NOT_FOUND', 'The account of this connection has been deleted.');
}
