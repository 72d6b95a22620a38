import type { TypedDocumentString } from '../generated/graphql.js';

/** An error of the API, with what its `extensions` say. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    message: string,
    readonly code: string,
    readonly userAction: string | null,
    readonly retryAfterSeconds: number | null,
    readonly steps: readonly Step[],
  ) {
    super(message);
  }
}

/** A step of the ladder as an answer or an error tells it. */
export interface Step {
  readonly step: string;
  readonly outcome: string;
  readonly durationMs: number;
  readonly hint?: string | null;
  readonly detail?: string | null;
  readonly problem?: { readonly code: string; readonly message: string } | null;
}

interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: ReadonlyArray<{
    readonly message: string;
    readonly extensions?: {
      readonly code?: string;
      readonly userAction?: string;
      readonly retryAfterSeconds?: number;
      readonly steps?: readonly Step[];
    };
  }>;
}

/**
 * Sends one of the operations that this page shares with the tests.
 *
 * @throws ApiError
 */
export async function send<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: document.toString(), variables }),
  });
  const { data, errors } = (await response.json()) as Answer<Data>;
  const [error] = errors ?? [];
  if (error !== undefined) {
    const { code, userAction, retryAfterSeconds, steps } = error.extensions ?? {};
    throw new ApiError(
      error.message,
      code ?? 'INTERNAL_SERVER_ERROR',
      userAction ?? null,
      retryAfterSeconds ?? null,
      steps ?? [],
    );
  }
  if (data == null) throw new ApiError('The answer is empty.', 'INTERNAL_SERVER_ERROR', null, null, []);
  return data;
}
