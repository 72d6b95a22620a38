/** What is there, or will be. A promise for what is there would keep it for a turn of its own. */
export type MaybePromise<Value> = Value | Promise<Value>;

/** Goes on with a value: at once, if it is there. */
export function mapMaybePromise<Value, Result>(
  value: MaybePromise<Value>,
  goOn: (value: Value) => Result,
): Result | Promise<Awaited<Result>>;
export function mapMaybePromise<Value>(value: MaybePromise<Value>, goOn: (value: Value) => unknown): unknown {
  return value instanceof Promise ? value.then(goOn) : goOn(value);
}
