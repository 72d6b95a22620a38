import type { TestApp } from './test-app.js';

/** What came back for a request that was sent as it stands. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Of the first error; null when there is none, or the body is no JSON. */
  readonly code: string | null;
}

/** Sends a request of any kind to the app's server. */
export async function send(
  moca: Pick<TestApp, 'url'>,
  path: string,
  init: RequestInit = {},
): Promise<Answer> {
  const response = await fetch(new URL(path, moca.url), { redirect: 'manual', ...init });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, code: codeOf(text) };
}

/** Posts a body to /graphql, as JSON unless the headers say otherwise. */
export function post(
  moca: Pick<TestApp, 'url'>,
  body: NonNullable<RequestInit['body']>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return send(moca, '/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
}

/** Posts an operation. */
export function postOperation(
  moca: Pick<TestApp, 'url'>,
  operation: { query?: unknown; variables?: unknown; operationName?: unknown },
  headers: Record<string, string> = {},
): Promise<Answer> {
  return post(moca, JSON.stringify(operation), headers);
}

function codeOf(text: string): string | null {
  try {
    const body = JSON.parse(text) as { errors?: ReadonlyArray<{ extensions?: { code?: string } }> };
    return body.errors?.[0]?.extensions?.code ?? null;
  } catch {
    return null; // The answer is not JSON; the text says what it is.
  }
}
