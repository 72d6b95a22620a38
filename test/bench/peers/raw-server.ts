import { createServer, type ServerResponse } from 'node:http';

interface Body {
  readonly query: string;
  readonly variables: never;
}

type Operation = (variables: never) => object | Promise<object>;

/** `operations` go by the names that stand in the texts; each text is looked into once. */
export function rawServer(port: number, operations: Readonly<Record<string, Operation>>): void {
  const known = new Map<string, Operation>();
  const find = (query: string): Operation => {
    const name = /^\s*(?:query|mutation) (\w+)/.exec(query)?.[1] ?? '';
    const operation = operations[name];
    if (operation === undefined) throw new TypeError(`There is no operation ${name}.`);
    known.set(query, operation);
    return operation;
  };
  const answer = (text: string, response: ServerResponse): void => {
    const { query, variables } = JSON.parse(text) as Body;
    const data = (known.get(query) ?? find(query))(variables);
    if (data instanceof Promise) void data.then((awaited: object) => write(response, awaited));
    else write(response, data);
  };
  createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => answer(text, response));
  }).listen(port, '127.0.0.1');
}

/** A text that is as long in bytes as in characters is ASCII, and latin1 is written faster than UTF-8. */
function write(response: ServerResponse, data: object): void {
  const text = JSON.stringify({ data });
  const length = Buffer.byteLength(text);
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': length });
  response.end(text, length === text.length ? 'latin1' : 'utf8');
}
