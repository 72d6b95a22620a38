import type { FastifyRequest } from 'fastify';
import { hostNames, type HostName } from './endpoint-names.js';
import type { Person } from './people.js';
import type { Platform } from './platform.js';

export type Params = Readonly<Record<string, string>>;

/** What somebody asks of one of Meta's hosts, read but not judged. */
export interface Call {
  readonly host: HostName;
  readonly method: string;
  /** Behind the host, with the version. */
  readonly path: string;
  /** The path's parts without the version. */
  readonly segments: readonly string[];
  /** As asked for, such as `v21.0`. */
  readonly version: string | null;
  readonly query: Params;
  readonly form: Params;
  /** Query and form together; the form wins. */
  readonly params: Params;
  readonly bearer: string | null;
  /** The moment that the whole answer is true for. */
  readonly now: Date;
  /** Whose code or token came along. */
  readonly person: Person | null;
}

/** Null for a path that is on none of Meta's hosts. */
export async function readCall(platform: Platform, request: FastifyRequest): Promise<Call | null> {
  const url = new URL(request.url, 'http://sandbox.invalid');
  const [hostPart, ...rest] = url.pathname.slice(1).split('/');
  const host = hostNames.find((name) => name === hostPart);
  if (host === undefined) return null;
  const version = /^v\d+\.\d+$/.test(rest[0] ?? '') ? (rest[0] ?? null) : null;
  const query = Object.fromEntries(url.searchParams);
  const form = await readForm(request.headers['content-type'] ?? '', request.body);
  const params = { ...query, ...form };
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
  return {
    host,
    method: request.method,
    path: rest.join('/'),
    segments: (version === null ? rest : rest.slice(1)).filter((segment) => segment !== ''),
    version,
    query,
    form,
    params,
    bearer,
    now: platform.clock.now(),
    person: findPerson(platform, params, bearer),
  };
}

/** The token that the call is made with. */
export function accessToken(call: Call): string | null {
  return call.params['access_token'] ?? call.bearer;
}

/** Meta reads a form in either encoding, and any other body as if it were empty. */
export async function readForm(contentType: string, body: unknown): Promise<Params> {
  if (!(body instanceof Uint8Array)) return {};
  if (contentType.startsWith('application/x-www-form-urlencoded')) {
    return Object.fromEntries(new URLSearchParams(Buffer.from(body).toString()));
  }
  if (!contentType.startsWith('multipart/form-data')) return {};
  const form = await new Response(Uint8Array.from(body), { headers: { 'content-type': contentType } })
    .formData()
    .catch(() => new FormData());
  return Object.fromEntries(
    [...form].filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function findPerson(platform: Platform, params: Params, bearer: string | null): Person | null {
  const { access_token, fb_exchange_token, input_token, code } = params;
  for (const value of [access_token, bearer, fb_exchange_token, input_token]) {
    const person = platform.tokens.find(value ?? '')?.grant.person;
    if (person !== undefined) return person;
  }
  return platform.codes.find(code ?? '')?.grant.person ?? null;
}
