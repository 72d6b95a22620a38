import fastify, { type FastifyInstance } from 'fastify';
import { addControlApi } from './control/control-api.js';
import { resultPage, sendPage, wantsPage } from './control/result-page.js';
import type { Platform } from './platform.js';
import type { Push } from './push/push.js';
import { serve } from './serve.js';

/** One HTTP server for Meta's five hosts, the controls and the index page. */
export function createServer(platform: Platform, push: Push): FastifyInstance {
  // Calls that hang must not hold up the end.
  const app = fastify({ forceCloseConnections: true });
  // Meta's hosts read forms in their own way, and take every other body for an empty one.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, request, reply) => {
    const isMistake = error instanceof TypeError || error instanceof SyntaxError;
    const message = error instanceof Error ? error.message : 'failed';
    reply.code(isMistake ? 400 : 500);
    return wantsPage(request)
      ? sendPage(reply, resultPage('That did not work', message))
      : reply.send({ error: message });
  });
  addControlApi(app, platform, push);
  app.all('/*', (request, reply) => serve(platform, request, reply));
  return app;
}
