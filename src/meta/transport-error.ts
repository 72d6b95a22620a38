import { RequestError, TimeoutError } from 'got';
import type { Endpoint } from './hosts.js';
import { MetaError } from './meta-error.js';

/**
 * What went wrong below HTTP, as a `MetaError` that holds nothing of the client's own error: its message,
 * stack and options carry the URL with the token.
 */
export function transportError(endpoint: Endpoint, caught: unknown): MetaError {
  return new MetaError({
    endpoint,
    errorClass: 'transient',
    code: 'META_UNAVAILABLE',
    status: null,
    requestSent: !(caught instanceof RequestError) || wasSent(caught),
    refused: false,
    diagnosis: caught instanceof TimeoutError ? `time-out (${caught.event})` : transportCode(caught),
  });
}

/**
 * Whether the request can have reached Meta. It cannot before the connection stands: refused, unknown name,
 * failed TLS handshake, or a time-out of one of these.
 */
function wasSent({ timings, options }: RequestError): boolean {
  if (timings === undefined) return true;
  const encrypted = options.url instanceof URL && options.url.protocol === 'https:';
  return (encrypted ? timings.secureConnect : timings.connect) !== undefined;
}

/** The system's own short code (`ECONNREFUSED`): the message of the HTTP client may hold the URL. */
function transportCode(caught: unknown): string {
  const code = caught instanceof Error && 'code' in caught ? caught.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{2,64}$/.test(code) ? code : 'transport failure';
}
