import type { EndpointName, HostName } from './endpoint-names.js';

/** One request that reached the sandbox. */
export interface LedgerCall {
  /** By the sandbox's clock. */
  readonly at: Date;
  readonly endpoint: EndpointName;
  readonly method: string;
  readonly host: HostName | null;
  /** Behind the host, as it was asked for, with its version and without its query. */
  readonly path: string;
  /** Query and form together, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** The token of an `Authorization: Bearer` header. */
  readonly bearer: string | null;
  /** Whose code or token came with the call. */
  readonly persona: string | null;
  /** The fault that was played instead of, or on top of, the answer. */
  readonly fault: string | null;
  /** Null while there is no answer: not yet, or never. */
  readonly status: number | null;
  /** The code or token that the call minted, whether or not the answer arrived. */
  readonly granted: string | null;
}

export interface LedgerFilter {
  readonly endpoint?: EndpointName;
  readonly host?: HostName;
  readonly method?: string;
  readonly persona?: string;
}

type OpenCall = { -readonly [Key in keyof LedgerCall]: LedgerCall[Key] };

/** What the sandbox saw, in order of arrival: the oracle of tests that ask how often Meta was called. */
export class Ledger {
  #calls: OpenCall[] = [];
  readonly #secrets = new Set<string>();
  readonly #waiting = new Set<() => void>();

  /** Every call, or those that match. */
  calls(filter: LedgerFilter = {}): readonly LedgerCall[] {
    const wanted = Object.entries(filter);
    return this.#calls.filter((call) =>
      wanted.every(([key, value]) => call[key as keyof LedgerFilter] === value),
    );
  }

  count(filter: LedgerFilter = {}): number {
    return this.calls(filter).length;
  }

  last(filter: LedgerFilter = {}): LedgerCall | null {
    return this.calls(filter).at(-1) ?? null;
  }

  /** Resolves when the `count`th matching call has arrived, answered or not. */
  async waitFor(filter: LedgerFilter, count = 1): Promise<LedgerCall> {
    for (;;) {
      const call = this.calls(filter)[count - 1];
      if (call !== undefined) return call;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Every token, code and app secret that was ever minted or accepted, for scans that look for leaks. */
  secrets(): ReadonlySet<string> {
    return this.#secrets;
  }

  /** Forgets the calls. Secrets stay: a leak of an old one is a leak. */
  clear(): void {
    this.#calls = [];
  }

  /** For the sandbox itself: notes an arrival and gives the entry to complete. */
  open(call: LedgerCall): OpenCall {
    const entry: OpenCall = { ...call };
    this.#calls.push(entry);
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
    return entry;
  }

  /** For the sandbox itself. */
  remember(secret: string): void {
    this.#secrets.add(secret);
  }
}
