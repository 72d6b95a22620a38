import { request as send, type Agent } from 'node:http';
import { ADMIN_KEY } from './environment.ts';

/** What is sent to `/graphql`. */
export interface Question {
  readonly body: string;
  /** Whether it is the admin who asks; else somebody without a key. */
  readonly byAdmin: boolean;
}

/** The headers that a page's `fetch` would send, with the key of whoever has one. */
export function headersOf({ body, byAdmin }: Question): Record<string, string> {
  return {
    accept: '*/*',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...(byAdmin ? { authorization: `Bearer ${ADMIN_KEY}` } : {}),
  };
}

/** @throws Error for any answer but 200 with JSON that holds data and no errors */
export async function ask(port: number, question: Question, agent?: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = send(
      {
        host: '127.0.0.1',
        port,
        path: '/graphql',
        method: 'POST',
        headers: headersOf(question),
        agent: agent ?? false,
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => {
          const { statusCode, headers } = response;
          const isGood =
            statusCode === 200 && headers['content-type']?.startsWith('application/json') && isData(text);
          if (isGood) resolve(text);
          else reject(new Error(`${statusCode} ${headers['content-type']}: ${text.slice(0, 1_000)}`));
        });
        response.on('error', reject);
      },
    );
    request.on('error', reject).end(question.body);
  });
}

function isData(text: string): boolean {
  return text.startsWith('{"data":{') && !('errors' in (JSON.parse(text) as object));
}
