import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A call on its way to the sandbox. */
interface PassingCall {
  /** Behind the host, with its version: `/me`. */
  readonly path: string;
  /** Query and form together. */
  readonly params: Readonly<Record<string, string>>;
}

export interface GivenAnswer {
  readonly status?: number;
  /** JSON; a text is a page of HTML. */
  readonly body: object | string;
}

type Decision = GivenAnswer | null | ((body: Record<string, unknown>) => object);

/**
 * What the proxy does with a call: null lets it pass, an answer is given in the sandbox's place, and a function
 * changes the JSON that the sandbox has answered. A call is held up for as long as the decision takes.
 */
export type Intercept = (call: PassingCall) => Decision | Promise<Decision>;

/** Stands between the server and one of the sandbox's hosts, for answers that the sandbox does not give. */
export interface MetaProxy extends AsyncDisposable {
  /** What the server takes for Meta's host. */
  readonly url: string;
  /** Every call that came by. */
  readonly calls: readonly PassingCall[];
  /** The sandbox's host. Before this is said, every call gets a 500. */
  forwardTo(baseUrl: string): void;
  intercept(rule: Intercept): void;
  /** Closes the port: whoever calls is refused. */
  refuse(): Promise<void>;
  /** Opens the same port again. */
  accept(): Promise<void>;
}

export async function createMetaProxy(): Promise<MetaProxy> {
  const calls: PassingCall[] = [];
  let target: string | null = null;
  let rule: Intercept = () => null;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const url = new URL(request.url ?? '/', 'http://proxy.invalid');
    const params = {
      ...Object.fromEntries(url.searchParams),
      ...Object.fromEntries(new URLSearchParams(body)),
    };
    const call = { path: url.pathname, params };
    calls.push(call);
    const decision = await rule(call);
    if (decision !== null && typeof decision !== 'function') {
      const { status = 200, body: given } = decision;
      if (typeof given === 'string') sendPage(response, status, given);
      else send(response, status, JSON.stringify(given));
      return;
    }
    const answer = await fetch(`${target}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { 'content-type': request.headers['content-type'] ?? 'text/plain' },
      ...(request.method === 'POST' ? { body } : {}),
    });
    const answered = await answer.text();
    const changed =
      decision === null
        ? answered
        : JSON.stringify(decision(JSON.parse(answered) as Record<string, unknown>));
    send(response, answer.status, changed);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    forwardTo: (baseUrl) => {
      target = baseUrl;
    },
    intercept: (next) => {
      rule = next;
    },
    refuse: close,
    accept: () => listen(port),
    [Symbol.asyncDispose]: close,
  };
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(body);
}

function sendPage(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { 'content-type': 'text/html' }).end(html);
}
