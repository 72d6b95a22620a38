import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { deletionPage, unknownDeletionPage, type Deletion } from './deletion-page.js';
import { sendRefusal } from './error-responses.js';

/** A notification holds up to 1,000 updates. */
const NOTIFICATION_LIMIT_BYTES = 1024 * 1024;

/** What answers the calls that Meta makes. */
export interface MetaCalls {
  /** Whether webhooks are set up. */
  readonly canVerify: boolean;
  isVerifyToken(token: string): boolean;
  /** Resolves when the notification is stored; to false when Meta has not signed it. */
  receive(body: Buffer, signature: string | undefined): Promise<boolean>;
  /** False for a request that counts for nothing. */
  deauthorize(signedRequest: string): Promise<boolean>;
  /** Null for a request that counts for nothing. */
  deleteData(signedRequest: string): Promise<{ url: string; confirmation_code: string } | null>;
  findDeletion(confirmationCode: string): Promise<Deletion | null>;
}

/**
 * The addresses that are entered in Meta's dashboard, and the page to which a person is sent who asked for the
 * deletion of their data. Bodies arrive as they are: what is signed are their bytes.
 */
export async function registerMetaRoutes(server: FastifyInstance, calls: MetaCalls): Promise<void> {
  await server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.addHook('onRequest', (_request, reply, done) => {
      reply.header('cache-control', 'no-store');
      done();
    });

    scope.get('/webhooks/instagram', (request, reply) => verify(calls, request, reply));
    scope.post('/webhooks/instagram', { bodyLimit: NOTIFICATION_LIMIT_BYTES }, async (request, reply) => {
      const signature = request.headers['x-hub-signature-256'];
      const isSigned = await calls.receive(bytesOf(request), single(signature));
      return isSigned ? reply.type('text/plain').send('OK') : sendRefusal(reply, 403);
    });
    scope.post('/meta/deauthorize', async (request, reply) => {
      const isValid = await calls.deauthorize(signedRequestOf(request));
      return isValid ? reply.send({ status: 'ok' }) : sendRefusal(reply, 403);
    });
    scope.post('/meta/data-deletion', async (request, reply) => {
      const answer = await calls.deleteData(signedRequestOf(request));
      return answer === null ? sendRefusal(reply, 403) : reply.send(answer);
    });
    scope.get('/data-deletion/:confirmationCode', async (request, reply) => {
      const { confirmationCode } = request.params as { confirmationCode: string };
      const deletion = await calls.findDeletion(confirmationCode);
      reply.type('text/html; charset=utf-8');
      return deletion === null
        ? reply.code(404).send(unknownDeletionPage)
        : reply.send(deletionPage(deletion));
    });
  });
}

/** @see https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests */
function verify(calls: MetaCalls, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (!calls.canVerify) return sendRefusal(reply, 404);
  const query = request.query as Readonly<Record<string, unknown>>;
  const { 'hub.mode': mode, 'hub.verify_token': token, 'hub.challenge': challenge } = query;
  const isMeta = mode === 'subscribe' && typeof token === 'string' && calls.isVerifyToken(token);
  if (!isMeta || typeof challenge !== 'string') return sendRefusal(reply, 403);
  // As text: whoever knows the token could else have a page of their own served here.
  return reply.type('text/plain; charset=utf-8').send(challenge);
}

function bytesOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

/** The form's field; empty, which is no signed request, where there is none or more than one. */
function signedRequestOf(request: FastifyRequest): string {
  const values = new URLSearchParams(bytesOf(request).toString('utf8')).getAll('signed_request');
  return values.length === 1 ? (values[0] ?? '') : '';
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? undefined : header;
}
