import type { TypedDocumentString } from '../generated/graphql.js';

/** An error of the API, with what its `extensions` say; or that it could not be asked. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    message: string,
    readonly code: string,
    readonly details: {
      readonly retryable?: boolean;
      readonly userAction?: string;
      readonly retryAfterSeconds?: number;
      readonly steps?: readonly Step[];
    } = {},
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
    readonly extensions?: ApiError['details'] & { readonly code?: string };
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
  const { data, errors } = await ask<Data>({ query: document.toString(), variables });
  const [error] = errors ?? [];
  if (error !== undefined) {
    const { code = 'INTERNAL_SERVER_ERROR', ...details } = error.extensions ?? {};
    throw new ApiError(error.message, code, details);
  }
  if (data == null) throw new ApiError('The answer is empty.', 'INTERNAL_SERVER_ERROR');
  return data;
}

async function ask<Data>(body: object): Promise<Answer<Data>> {
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return (await response.json()) as Answer<Data>;
  } catch {
    // No connection, or an answer of somebody in between.
    throw new ApiError('The server cannot be reached.', 'NOT_REACHED', {
      retryable: true,
      userAction: 'Check your connection.',
    });
  }
}
