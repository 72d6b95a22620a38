import { randomUUID } from 'node:crypto';
import { AppError } from '../errors.js';
import type { LoginFlow } from '../login-flow.js';
import { Secret } from '../secret.js';
import { DAY, SECOND, plus, type Clock } from '../time.js';
import type { Keyring } from '../tokens/keyring.js';
import type { AttemptRunner, RunEnd } from './attempt-runner.js';
import { isClaimable, isOpen, type AttemptStore } from './attempt-store.js';
import type { AuthAttempt } from './auth-attempt.entity.js';
import type { ClaimedAttempt } from './claimed-attempt.js';
import { cleanAuthorizationCode } from './authorization-code.js';
import { openState, requireFreshState, sha256 } from './authorization-state.js';
import { passThrough, type Points } from './pipeline-points.js';
import { secondsUntil } from './retry-time.js';
import { fromStoredError } from './stored-error.js';

/** How long a call waits for its connection before it is told to come back. */
const PATIENCE_MS = 25 * SECOND;

/** How often a call looks whether another process has ended its attempt. */
const POLL_MS = 250;

/** How long after its end an attempt answers for its code. */
const JOINABLE_MS = DAY;

export interface CompletionInput {
  readonly code: string;
  readonly state: string | null;
  readonly verifier: string | null;
  readonly professionalAccountId: string | null;
}

export interface Completer {
  /** For the account's history. */
  readonly actor: string;
  /**
   * Counts a code that was not seen before against the caller's rate limit; joining is free.
   *
   * @throws AppError RATE_LIMITED
   */
  readonly countNewCode: () => Promise<void>;
}

export interface ConnectServiceOptions<Account> {
  readonly store: AttemptStore;
  readonly runner: AttemptRunner;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly flow: LoginFlow;
  readonly redirectUri: string;
  readonly stateRequired: boolean;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
  /** Told when a connection is begun that nothing ties to the browser in which it was begun. */
  readonly onUnbound: () => void;
  /** Told how each run of an attempt ended. */
  readonly onRun?: (flow: LoginFlow, end: RunEnd) => void;
  /** The account as it is now; null when it was deleted. */
  readonly loadAccount: (accountId: string) => Promise<Account | null>;
  readonly points?: Points;
}

/** A first call's run, or the attempt that the code already has. */
type Admitted<Account> = { readonly run: Promise<Account> } | { readonly known: AuthAttempt };

/** Completes authorizations: one code is one attempt, however often, from wherever and by whomever it is sent. */
export class ConnectService<Account> {
  /** The runs of this process, by attempt. Those who join share the answer. */
  readonly #running = new Map<string, Promise<Account>>();
  /** Attempts that this process is just about to claim. */
  readonly #claiming = new Map<string, Promise<unknown>>();
  /** Codes whose first call is just being checked and written down, by hash. */
  readonly #arriving = new Map<string, Promise<void>>();

  constructor(private readonly options: ConnectServiceOptions<Account>) {}

  /**
   * clean the code → known code: join its attempt → else check the state → write the attempt down → run it
   *
   * Nothing is written and Meta is not called before code and state were checked.
   *
   * @throws AppError with the codes of the contract; CONNECTION_PENDING after 25 seconds, or when the server
   *   stops: the connection is then finished without the caller, and the same call joins it later
   */
  async complete(input: CompletionInput, completer: Completer): Promise<Account> {
    const { stateRequired } = this.options;
    const code = cleanAuthorizationCode(input.code);
    requireAccountId(input.professionalAccountId);
    if (stateRequired && (input.state === null || input.verifier === null)) {
      throw new AppError('STATE_REQUIRED', 'state and verifier are required.');
    }
    // One deadline, whatever the call waits for, one thing after the other.
    const deadline = plus(this.options.clock.now(), PATIENCE_MS);
    const admitted = await this.#admitOnce(new Secret(code), sha256(code), input, completer);
    return 'run' in admitted
      ? this.#waitFor(admitted.run, deadline)
      : this.#join(admitted.known, input, deadline);
  }

  /**
   * Claims an open attempt that nobody holds, and runs it to its end or to its next postponement. Does nothing
   * when somebody else holds it.
   */
  async resume(attemptId: string): Promise<void> {
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
  }

  /** Lets one call at a time in with a code: its twins find the attempt, and are not counted. */
  async #admitOnce(
    code: Secret,
    codeHash: string,
    input: CompletionInput,
    completer: Completer,
  ): Promise<Admitted<Account>> {
    for (let twin = this.#arriving.get(codeHash); twin !== undefined; twin = this.#arriving.get(codeHash)) {
      await twin;
    }
    const arrival = Promise.withResolvers<void>();
    this.#arriving.set(codeHash, arrival.promise);
    try {
      return await this.#admit(code, codeHash, input, completer);
    } finally {
      this.#arriving.delete(codeHash);
      arrival.resolve();
    }
  }

  async #admit(
    code: Secret,
    codeHash: string,
    input: CompletionInput,
    completer: Completer,
  ): Promise<Admitted<Account>> {
    const { store, flow, redirectUri, clock, points = passThrough } = this.options;
    const known = await store.findByCodeHash(codeHash);
    if (known !== null) return { known };
    const stateNonce = this.#checkState(input);
    await completer.countNewCode();
    const { professionalAccountId } = input;
    const { actor } = completer;
    const inserted = await points('attempt.insert', () =>
      store.insert(
        {
          id: randomUUID(),
          code,
          codeHash,
          stateNonce,
          bindingHash: bindingHash(input),
          flow,
          redirectUri,
          actor,
          professionalAccountId,
        },
        clock.now(),
      ),
    );
    if (inserted === 'state_taken') {
      throw new AppError('STATE_REUSED', 'The state came before, with another code.');
    }
    if (inserted !== 'code_taken') return { run: this.#start(inserted) };
    // Another process was faster.
    const other = await store.findByCodeHash(codeHash);
    if (other === null) throw new AppError('CODE_INVALID', 'The attempt of this code has been removed.');
    return { known: other };
  }

  /** Checks the state of a first call. A failure never spends the code. */
  #checkState({ state, verifier }: CompletionInput): string | null {
    const { keyring, clock, flow, redirectUri, stateRequired, onUnbound } = this.options;
    if (state === null) {
      if (verifier !== null) throw new AppError('STATE_INVALID', 'A verifier came without its state.');
      onUnbound();
      return null;
    }
    const opened = openState(keyring, state, verifier, { flow, redirectUri });
    if (stateRequired && opened.challenge === null) {
      throw new AppError('STATE_INVALID', 'The state was made without a challenge.');
    }
    requireFreshState(opened, clock.now());
    // Anybody may ask for a state: without a verifier it binds nothing.
    if (opened.challenge === null) onUnbound();
    return opened.nonce;
  }

  /** Answers a repeated call, which has to bring what the first call brought. */
  async #join(attempt: AuthAttempt, input: CompletionInput, deadline: Date): Promise<Account> {
    const { keyring, clock } = this.options;
    if (input.state !== null) {
      openState(keyring, input.state, input.verifier, {
        flow: attempt.flow,
        redirectUri: attempt.redirectUri,
      });
    }
    if (attempt.bindingHash !== bindingHash(input)) {
      throw new AppError('STATE_INVALID', 'The code came before, with another state or verifier.');
    }
    const endedAt = attempt.endedAt ?? null;
    if (endedAt !== null && plus(endedAt, JOINABLE_MS) < clock.now()) {
      throw new AppError('CODE_INVALID', 'The code was used more than a day ago.');
    }
    return this.#follow(attempt.id, deadline);
  }

  /** Waits for an attempt, whoever runs it, and runs it when nobody does. */
  async #follow(attemptId: string, deadline: Date): Promise<Account> {
    const { store, clock, stopping } = this.options;
    for (;;) {
      const running = this.#running.get(attemptId);
      if (running !== undefined) return this.#waitFor(running, deadline);
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
      // The sweep of this process may be the one that holds it.
      const claiming = this.#claiming.get(attemptId);
      if (claiming === undefined && !this.#running.has(attemptId)) await clock.sleep(POLL_MS, stopping);
      await claiming;
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
    const claiming = points('attempt.claim', () => store.claim(attemptId, clock.now()));
    this.#claiming.set(
      attemptId,
      claiming.catch(() => undefined),
    );
    try {
      const claim = await claiming;
      return claim === null ? null : { run: this.#start(claim, waitedFor) };
    } finally {
      this.#claiming.delete(attemptId);
    }
  }

  #start(claim: ClaimedAttempt, waitedFor = true): Promise<Account> {
    const { id } = claim.attempt;
    const run = this.#answerOf(claim, waitedFor).finally(() => {
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
    const answered = new AbortController();
    const patience = clock
      .sleep(deadline.getTime() - clock.now().getTime(), AbortSignal.any([stopping, answered.signal]))
      .then((): Account => {
        throw pending();
      });
    // Decided already when the run wins.
    patience.catch(() => undefined);
    try {
      return await Promise.race([run, patience]);
    } finally {
      answered.abort();
    }
  }
}

/** @throws AppError BAD_USER_INPUT for a pick that is no id of Meta's */
function requireAccountId(picked: string | null): void {
  if (picked === null || /^\d{1,32}$/.test(picked)) return;
  throw new AppError('BAD_USER_INPUT', 'professionalAccountId: must be a number of at most 32 digits.');
}

/** What ties a code to the first call that brought it. */
function bindingHash({ state, verifier }: CompletionInput): string {
  return sha256(JSON.stringify([state, verifier]));
}

function pending(): AppError {
  return new AppError('CONNECTION_PENDING', 'The connection is still being made.', { retryAfterSeconds: 2 });
}

function deleted(): AppError {
  return new AppError('NOT_FOUND', 'The account of this connection has been deleted.');
}
