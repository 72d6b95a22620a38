/** Errors within errors are followed no deeper. */
const MAXIMUM_DEPTH = 5;

/**
 * Codes of a database that cannot be worked with just now, but may be in a moment:
 * - PostgreSQL's for a connection that broke, a server that is full, stops, starts or has become a standby, a
 *   statement that took too long, and transactions that stand in each other's way again and again
 * - Node's for a server that cannot be reached
 * - SQLite's for a file that another process holds
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const AWAY =
  /^(?:08\w{3}|53300|57P0[1-5]|57014|55P03|25006|25P0[34]|40001|40P01|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EAI_AGAIN|ENOTFOUND|SQLITE_(?:BUSY|LOCKED)\w*)$/;

/** What `pg` says, without a code, of a connection that broke or did not come about. */
const BROKEN =
  /^(?:Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed)/;

/** Whether a failure says that the database is away, rather than that something is wrong with what was asked. */
export function isDatabaseAway(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > MAXIMUM_DEPTH) return false;
  if ('code' in error && typeof error.code === 'string') return AWAY.test(error.code);
  return BROKEN.test(error.message) || isDatabaseAway(error.cause, depth + 1);
}
