import { randomUUID } from 'node:crypto';
import { AppError } from '../errors.js';
import type { LoginFlow } from '../login-flow.js';
import { Secret } from '../secret.js';
import { DAY, plus, type Clock } from '../time.js';
import type { Keyring } from '../tokens/keyring.js';
import type { AttemptStore } from './attempt-store.js';
import type { AuthAttempt } from './auth-attempt.entity.js';
import { cleanAuthorizationCode } from './authorization-code.js';
import { openState, requireFreshState, sha256 } from './authorization-state.js';
import { ClaimedAttempt } from './claimed-attempt.js';
import { passThrough, type Points } from './pipeline-points.js';

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
  readonly countNewCode: () => void;
}

export interface AdmissionOptions {
  readonly store: AttemptStore;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly flow: LoginFlow;
  readonly redirectUri: string;
  readonly stateRequired: boolean;
  /** Told when a connection is begun that nothing ties to the browser in which it was begun. */
  readonly onUnbound: () => void;
  readonly points?: Points;
}

/** Decides which calls of `completeInstagramAuth` may begin an attempt, and which may join one. */
export class Admission {
  /** Codes whose first call is just being checked and written down, by hash. */
  readonly #arriving = new Map<string, Promise<void>>();

  constructor(private readonly options: AdmissionOptions) {}

  /**
   * clean the code → known code: it has to bring what the first call brought → else check the state → count the
   * code → write the attempt down → `begin` it
   *
   * Nothing is written and Meta is not called before code and state were checked.
   *
   * @returns what `begin` gave, or the id of the attempt that the code already has
   * @throws AppError BAD_USER_INPUT, STATE_REQUIRED, STATE_INVALID, STATE_EXPIRED, STATE_REUSED, CODE_INVALID,
   *   RATE_LIMITED
   */
  async admit<Begun>(
    input: CompletionInput,
    completer: Completer,
    begin: (claim: ClaimedAttempt) => Begun,
  ): Promise<Begun | { readonly joined: string }> {
    const code = cleanAuthorizationCode(input.code);
    requireAccountId(input.professionalAccountId);
    if (this.options.stateRequired && (input.state === null || input.verifier === null)) {
      throw new AppError('STATE_REQUIRED', 'state and verifier are required.');
    }
    const codeHash = sha256(code);
    // One call at a time with a code: its twins find the attempt, and are not counted.
    for (let twin = this.#arriving.get(codeHash); twin !== undefined; twin = this.#arriving.get(codeHash)) {
      await twin;
    }
    const arrival = Promise.withResolvers<void>();
    this.#arriving.set(codeHash, arrival.promise);
    try {
      const found = await this.#findOrInsert(new Secret(code), codeHash, input, completer);
      if (found instanceof ClaimedAttempt) return begin(found);
      this.#requireSameCaller(found, input);
      return { joined: found.id };
    } finally {
      this.#arriving.delete(codeHash);
      arrival.resolve();
    }
  }

  /** The attempt that the code already has, or the claim of a new one. */
  async #findOrInsert(
    code: Secret,
    codeHash: string,
    input: CompletionInput,
    completer: Completer,
  ): Promise<AuthAttempt | ClaimedAttempt> {
    const { store, flow, redirectUri, clock, points = passThrough } = this.options;
    const known = await store.findByCodeHash(codeHash);
    if (known !== null) return known;
    const stateNonce = this.#checkState(input);
    completer.countNewCode();
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
    if (inserted !== 'code_taken') return inserted;
    // Another process was faster.
    const other = await store.findByCodeHash(codeHash);
    if (other === null) throw new AppError('CODE_INVALID', 'The attempt of this code has been removed.');
    return other;
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

  /** A repeated call has to bring what the first call brought, and not too late. */
  #requireSameCaller(attempt: AuthAttempt, input: CompletionInput): void {
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
