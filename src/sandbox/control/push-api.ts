import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CallbackAnswer, Push } from '../push/push.js';
import { entryKinds } from '../push/entries.js';
import { resultPage, sendPage, wantsPage } from './result-page.js';

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
  app.post('/sandbox/webhooks', async (request, reply) => {
    const { persona = '', kind = 'comment', text, updates, times, wrapped } = await readBody(request);
    const known = entryKinds.find((one) => one === kind);
    if (known === undefined) throw new TypeError(`"kind" must be one of: ${entryKinds.join(', ')}.`);
    const sent = await push.notify(persona, known, {
      ...(text ? { text } : {}),
      updates: count('updates', updates),
      times: count('times', times),
      wrapped: wrapped === 'true' || wrapped === 'on',
    });
    const statuses = sent.map(({ status }) => status ?? 'nothing').join(', ');
    return told(request, reply, `Sent; your server answered ${statuses}.`, shown());
  });
  app.post('/sandbox/webhooks/due', async () => {
    await push.deliverDue();
    return shown();
  });
  app.post('/sandbox/app', async (request, reply) => {
    const { url = '', verifyToken } = await readBody(request);
    if (!URL.canParse(url)) throw new TypeError('"url" must be the address of your server.');
    push.connectTo(url);
    const verified = verifyToken ? await push.verify(verifyToken) : null;
    return told(request, reply, verificationSentence(verified), { url, verified });
  });
  app.post('/sandbox/deauthorize', async (request, reply) => {
    const answers = await push.deauthorize((await readBody(request))['persona'] ?? '');
    return told(request, reply, `The app was removed; ${answersSentence(answers)}`, { answers });
  });
  app.post('/sandbox/data-deletion', async (request, reply) => {
    const answers = await push.requestDeletion((await readBody(request))['persona'] ?? '');
    return told(request, reply, `Deletion was asked for; ${answersSentence(answers)}`, { answers });
  });
}

function told(request: FastifyRequest, reply: FastifyReply, sentence: string, answer: object): unknown {
  return wantsPage(request) ? sendPage(reply, resultPage('What has come of it', sentence)) : answer;
}

function verificationSentence(verified: boolean | null): string {
  if (verified === null) return 'Saved. Nothing was verified: there was no verify token.';
  return verified
    ? 'Verified and saved: your server answered the challenge.'
    : 'Saved, but not verified: your server does not take this verify token.';
}

function answersSentence(answers: readonly CallbackAnswer[]): string {
  const each = answers.map(({ status, body }) => `${status} ${JSON.stringify(body)}`);
  return `your server answered ${each.join(', ')}.`;
}

/** Meta puts at most 1,000 updates into a notification. */
function count(name: string, text: string | undefined): number {
  if (text === undefined || text === '') return 1;
  if (!/^[1-9]\d{0,3}$/.test(text) || Number(text) > 1_000) {
    throw new TypeError(`"${name}" must be a whole number from 1 to 1000.`);
  }
  return Number(text);
}
