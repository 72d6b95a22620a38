import { challenge, createTraceId, flatShape, graphShape, type GraphError } from './graph-error.js';
import type { JsonObject } from './json.js';

/** What goes back, before any damage on the way. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: { readonly json: JsonObject } | { readonly text: string; readonly type: string };
  /** The code or token that was minted for it. */
  readonly granted?: string;
}

export function ok(json: JsonObject, granted?: string): Answer {
  return { status: 200, body: { json }, ...(granted === undefined ? {} : { granted }) };
}

export function html(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers, body: { text, type: 'text/html; charset=utf-8' } };
}

export function redirectTo(location: string, granted?: string): Answer {
  return {
    status: 302,
    headers: { location },
    body: { text: '', type: 'text/plain' },
    ...(granted === undefined ? {} : { granted }),
  };
}

/** A refusal in the shape that the host writes; only Graph hosts add the challenge and the trace id's header. */
export function refusalAnswer(error: GraphError, isGraphHost: boolean): Answer {
  if (error.isFlat === true) return { status: 400, body: { json: flatShape(error) } };
  const traceId = isGraphHost ? createTraceId() : null;
  const headers: Record<string, string> = { ...error.headers };
  if (isGraphHost && error.status < 500) headers['www-authenticate'] = challenge(error);
  if (traceId !== null) headers['x-fb-trace-id'] = traceId;
  return {
    status: error.status,
    headers,
    body: { json: graphShape(error, traceId) },
  };
}
