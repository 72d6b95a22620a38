import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { html, refusalAnswer, type Answer } from './answer.js';
import { answeringVersion } from './api-versions.js';
import { readCall, type Call } from './call.js';
import { damage } from './damage.js';
import { dialogErrorPage } from './dialog/consent-page.js';
import { pagePolicy } from './dialog/consent.js';
import { findEndpoint, type Endpoint } from './endpoints.js';
import { answerOfFault } from './fault-answers.js';
import { bodyFaults, type FaultOrder } from './faults.js';
import { createTraceId, PageRefusal, Refusal } from './graph-error.js';
import * as errors from './graph-errors.js';
import { troubledAnswer } from './persona-trouble.js';
import type { Platform } from './platform.js';
import { usageHeaders } from './usage-headers.js';
import { dropConnection, sendAnswer, sendHuge, sendTruncated } from './reply.js';

/**
 * read the call → note it in the ledger → take its fault → answer (the fault's, the persona's trouble, or the
 * endpoint's) → damage the body where the fault says so → send, or lose, the answer
 */
export async function serve(platform: Platform, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const call = await readCall(platform, request);
  if (call === null) return serveElsewhere(platform, request, reply);
  const endpoint = findEndpoint(call);
  const persona = call.person?.id ?? (endpoint.name === 'consent' ? call.form['persona'] || null : null);
  const fault = platform.faults.take({ endpoint: endpoint.name, persona });
  const entry = platform.ledger.open({
    at: call.now,
    endpoint: endpoint.name,
    method: call.method,
    host: call.host,
    path: call.path,
    params: call.params,
    bearer: call.bearer,
    persona,
    fault: fault?.fault ?? null,
    status: null,
    granted: null,
  });
  if (fault?.fault === 'hang') {
    reply.hijack();
    return;
  }
  if (fault?.fault === 'reset') return dropConnection(reply, 'reset');
  await waitIfSlow(platform, call, fault);

  const answer = damaged(answerCall(platform, call, endpoint, fault), fault);
  entry.granted = answer.granted ?? null;
  if (fault?.fault === 'answer_lost') return dropConnection(reply, 'end');
  entry.status = answer.status;
  if (fault?.fault === 'truncated') return sendTruncated(reply, answer);
  return fault?.fault === 'huge' ? sendHuge(reply, answer) : sendAnswer(reply, answer);
}

async function serveElsewhere(
  platform: Platform,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const url = new URL(request.url, 'http://sandbox.invalid');
  platform.ledger.open({
    at: platform.clock.now(),
    endpoint: 'elsewhere',
    method: request.method,
    host: null,
    path: url.pathname.slice(1),
    params: Object.fromEntries(url.searchParams),
    bearer: null,
    persona: null,
    fault: null,
    status: 404,
    granted: null,
  });
  await sendAnswer(reply, { status: 404, body: { json: { error: 'The sandbox serves nothing here.' } } });
}

async function waitIfSlow(platform: Platform, call: Call, fault: FaultOrder | null): Promise<void> {
  const slowMs = call.person?.traits.trouble === 'slow' ? platform.slowMs : 0;
  const delayMs = fault?.fault === 'delay' ? (fault.delayMs ?? 1_000) : 0;
  if (slowMs + delayMs === 0) return;
  // A sandbox that closes ends the wait; nobody is left to hear the answer.
  await sleep(slowMs + delayMs, undefined, { signal: platform.closing.signal }).catch(() => {});
}

function answerCall(platform: Platform, call: Call, endpoint: Endpoint, fault: FaultOrder | null): Answer {
  const isGraphHost = call.host.startsWith('graph.');
  const version = answeringVersion(call.version, call.now);
  const answer = ((): Answer => {
    try {
      const faulty = fault === null ? null : answerOfFault(platform, call, endpoint.name, fault);
      if (faulty !== null) return faulty;
      if (version === null) throw new Refusal(errors.unknownPath(call.path));
      const troubled = call.person === null ? null : troubledAnswer(call.person, endpoint.name, call.now);
      return troubled ?? endpoint.answer(platform, call);
    } catch (error) {
      if (error instanceof Refusal) return refusalAnswer(error.error, isGraphHost);
      if (error instanceof PageRefusal) {
        const policy = { 'content-security-policy': pagePolicy("'none'") };
        return html(400, dialogErrorPage(error.title, error.message), policy);
      }
      throw error;
    }
  })();
  return isGraphHost ? withGraphHeaders(answer, version, usageHeaders(platform.usage)) : answer;
}

/** @see Meta: "Platform Versioning" for the version that answered */
function withGraphHeaders(
  answer: Answer,
  version: string | null,
  usage: Readonly<Record<string, string>>,
): Answer {
  const headers = {
    ...(version === null ? {} : { 'facebook-api-version': version }),
    'x-fb-trace-id': createTraceId(),
    'x-fb-rev': '1000000001',
    'cache-control': 'private, no-cache, no-store, must-revalidate',
    ...usage,
  };
  return { ...answer, headers: { ...headers, ...answer.headers } };
}

function damaged(answer: Answer, fault: FaultOrder | null): Answer {
  const bodyFault = bodyFaults.find((name) => name === fault?.fault);
  return bodyFault === undefined ? answer : damage(answer, bodyFault);
}
