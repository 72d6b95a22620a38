import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** The built pages, which are compiled for the browser; the same place seen from `src` and from `dist`. */
const BUILD = join(import.meta.dirname, '..', '..', 'dist');

/** The plugin would set its own `cache-control`. */
const UNSTORED = { cacheControl: false };

/**
 * Serves the start page and the callback page, with the scripts and operations that they share. The start page is told
 * to which origin Meta sends people back: only a page of that origin can begin what is completed there.
 */
export async function registerPages(server: FastifyInstance, callbackOrigin: string): Promise<void> {
  // Browsers ask for it with every page.
  server.get('/favicon.ico', (_request, reply) =>
    reply.code(204).header('cache-control', 'max-age=86400').send(),
  );
  const pages = join(BUILD, 'console');
  // A build of the server alone has none.
  if (!existsSync(pages)) return;
  await server.register(fastifyStatic, { root: pages, prefix: '/console/', index: false });
  await server.register(fastifyStatic, {
    root: join(BUILD, 'generated'),
    prefix: '/generated/',
    index: false,
    decorateReply: false,
  });
  const startPage = (await readFile(join(pages, 'start.html'), 'utf8')).replace(
    'data-callback-origin=""',
    () => `data-callback-origin="${callbackOrigin.replaceAll('"', '&quot;')}"`,
  );
  server.get('/', (_request, reply) =>
    reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(startPage),
  );
  // Its URL holds the code: nobody may store the answer, and no link may tell where it came from.
  server.get('/instagram-callback', (_request, reply) =>
    reply.header('cache-control', 'no-store').sendFile('callback.html', UNSTORED),
  );
}
