import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Push } from '../push/push.js';
import { entryKinds } from '../push/entries.js';

/** A form, as curl's -d sends it, or JSON. */
export type ReadBody = (request: FastifyRequest) => Promise<Readonly<Record<string, string>>>;

/** What makes Meta send something: events, and the calls of people who leave. */
export function addPushApi(app: FastifyInstance, push: Push, readBody: ReadBody): void {
  const shown = () => ({
    appUrl: push.appUrl,
    deliveries: push
      .deliveries()
      .map(({ createdAt, sent, status, nextAt, body }) => ({ createdAt, sent, status, nextAt, body })),
  });
  app.get('/sandbox/webhooks', shown);
  app.post('/sandbox/webhooks', async (request) => {
    const { persona = '', kind = 'comment', text, updates, times, wrapped } = await readBody(request);
    const known = entryKinds.find((one) => one === kind);
    if (known === undefined) throw new TypeError(`"kind" must be one of: ${entryKinds.join(', ')}.`);
    await push.notify(persona, known, {
      ...(text ? { text } : {}),
      updates: count('updates', updates),
      times: count('times', times),
      wrapped: wrapped === 'true' || wrapped === 'on',
    });
    return shown();
  });
  app.post('/sandbox/webhooks/due', async () => {
    await push.deliverDue();
    return shown();
  });
  app.post('/sandbox/app', async (request) => {
    const { url = '', verifyToken } = await readBody(request);
    if (!URL.canParse(url)) throw new TypeError('"url" must be the address of your server.');
    push.connectTo(url);
    return { url, verified: verifyToken ? await push.verify(verifyToken) : null };
  });
  app.post('/sandbox/deauthorize', async (request) => ({
    answers: await push.deauthorize((await readBody(request))['persona'] ?? ''),
  }));
  app.post('/sandbox/data-deletion', async (request) => ({
    answers: await push.requestDeletion((await readBody(request))['persona'] ?? ''),
  }));
}

/** Meta puts at most 1,000 updates into a notification. */
function count(name: string, text: string | undefined): number {
  if (text === undefined || text === '') return 1;
  if (!/^[1-9]\d{0,3}$/.test(text) || Number(text) > 1_000) {
    throw new TypeError(`"${name}" must be a whole number from 1 to 1000.`);
  }
  return Number(text);
}
