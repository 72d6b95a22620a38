/** Why nothing was copied, or not all. Its message is for the operator, and holds no secret. */
export class CopyError extends Error {
  override readonly name = 'CopyError';
}
