import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readForm } from '../call.js';
import type { FaultOrder } from '../faults.js';
import type { LedgerCall } from '../ledger.js';
import { stylesheet } from '../markup.js';
import { personaCatalogue } from '../persona-catalogue.js';
import type { Platform } from '../platform.js';
import type { Push } from '../push/push.js';
import { revokeTokens } from '../revoke.js';
import { indexPage } from './index-page.js';
import { parseFaultOrder, parseSubcode } from './orders.js';
import { addPushApi } from './push-api.js';
import { sendPage } from './result-page.js';

/** Parameters whose values are secrets whoever made them: a real token may stray here too. */
const secretParams: ReadonlySet<string> = new Set([
  'access_token',
  'appsecret_proof',
  'client_secret',
  'code',
  'fb_exchange_token',
  'input_token',
]);

/** What a person with curl can do to the sandbox: look into the ledger, move the clock, order trouble. */
export function addControlApi(app: FastifyInstance, platform: Platform, push: Push): void {
  app.get('/', (_request, reply) => sendPage(reply, indexPage(platform, push)));
  // Browsers ask for it with every page: the ledger is for calls of the app.
  app.get('/favicon.ico', (_request, reply) => reply.code(204).send());
  app.get('/sandbox/style.css', (_request, reply) => reply.type('text/css; charset=utf-8').send(stylesheet));
  app.get('/sandbox/personas', () => ({
    personas: personaCatalogue.map(({ id, title, description, expect }) => ({
      id,
      title,
      description,
      expect,
    })),
  }));

  app.get('/sandbox/ledger', () => ({
    calls: platform.ledger.calls().map((call) => withoutSecrets(call, platform)),
  }));
  app.delete('/sandbox/ledger', () => {
    platform.ledger.clear();
    return { calls: [] };
  });

  app.get('/sandbox/clock', () => ({ now: platform.clock.now() }));
  app.post('/sandbox/clock', async (request) => {
    moveClock(platform, await readBody(request));
    // What Meta is to send again by now.
    await push.deliverDue();
    return { now: platform.clock.now() };
  });

  const pendingFaults = () => ({
    faults: platform.faults
      .pending()
      .map((fault) => ({ ...fault, timesLeft: Number.isFinite(fault.timesLeft) ? fault.timesLeft : 'all' })),
  });
  app.get('/sandbox/faults', pendingFaults);
  app.post('/sandbox/faults', async (request) => {
    const order: FaultOrder = parseFaultOrder(await readBody(request));
    platform.faults.inject(order);
    return pendingFaults();
  });
  app.delete('/sandbox/faults', () => {
    platform.faults.clear();
    return pendingFaults();
  });

  app.post('/sandbox/revoke', async (request) => {
    const { persona = '', subcode = '458' } = await readBody(request);
    const asNumber = parseSubcode(subcode);
    revokeTokens(platform, persona, asNumber);
    return { persona, subcode: asNumber };
  });

  addPushApi(app, push, readBody);
}

function moveClock(platform: Platform, { advanceMs, set }: Readonly<Record<string, string>>): void {
  const ms = Number(advanceMs ?? 0);
  const date = set === undefined ? null : new Date(set);
  if (!Number.isFinite(ms) || (date !== null && Number.isNaN(date.getTime()))) {
    throw new TypeError('Send advanceMs (milliseconds) or set (a date).');
  }
  if (date !== null) platform.clock.set(date);
  platform.clock.advance(ms);
}

/** A form, as curl's -d sends it, or JSON. */
async function readBody(request: FastifyRequest): Promise<Readonly<Record<string, string>>> {
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('application/json')) return readForm(type, request.body);
  const body: unknown = JSON.parse(Buffer.from((request.body as Uint8Array | undefined) ?? []).toString());
  if (typeof body !== 'object' || body === null) throw new TypeError('Send a JSON object.');
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [key, String(value)]));
}

function withoutSecrets(call: LedgerCall, platform: Platform): LedgerCall {
  const secrets = platform.ledger.secrets();
  const hidden = '[secret]';
  const params = Object.entries(call.params).map(([key, value]) => [
    key,
    secretParams.has(key) || secrets.has(value) ? hidden : value,
  ]);
  return {
    ...call,
    params: Object.fromEntries(params) as LedgerCall['params'],
    bearer: call.bearer === null ? null : hidden,
    granted: call.granted === null ? null : hidden,
  };
}
