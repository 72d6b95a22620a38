/** What is done beside the requests, again and again. */
export interface Chore {
  /** Also what a queue or a schedule is called: lower case letters and dots. */
  readonly name: string;
  /** How often, in milliseconds. */
  readonly everyMs: number;
  /** Logged when it cannot be done: the database is away, as a rule. */
  readonly failure: string;
  /** Does all that is to be done now. */
  round(): Promise<void>;
}

/** A row whose time has come. */
export interface DueRow {
  readonly id: string;
  /** Another one whenever the row becomes due anew, were it only because somebody's claim has run out. */
  readonly occasion: string;
  /** Whether it is to be done before whatever else was found. */
  readonly isUrgent?: boolean;
}

/**
 * A chore that is done row by row. Rows are claimed before anything is done for them (a lease, with a fence that
 * every write asks for), so that several processes may be told of the same row, or one of a row that is no longer
 * due: nothing is done twice.
 */
export interface Job extends Chore {
  /** How many rows one `run` is given at most: they are worked on side by side. */
  readonly batchSize: number;
  /** How many runs go on at the same time in one process. */
  readonly lanes: number;
  /** Up to `limit` rows that are due, the longest due first. */
  findDue(limit: number): Promise<DueRow[]>;
  /** Does those of the rows that are still due and that nobody else has claimed. */
  run(ids: readonly string[]): Promise<void>;
}

/** Sees to it that work is done. */
export interface JobRunner {
  start(chores: readonly Chore[], jobs: readonly Job[]): Promise<void>;
  /** Resolves when nothing is under way any more, after the server was told to stop. */
  settled(): Promise<void>;
}
