import type { FastifyReply, FastifyRequest } from 'fastify';
import { pagePolicy } from '../dialog/consent.js';
import { escapeHtml, htmlPage } from '../markup.js';

/** Whether the caller is a browser: it shows what comes back of a form in the place of the page. Everybody else gets JSON. */
export function wantsPage(request: FastifyRequest): boolean {
  return request.headers.accept?.includes('text/html') ?? false;
}

export function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', pagePolicy("'self'"))
    .send(page);
}

/** What has come of a form, in a sentence, and the way back to it. */
export function resultPage(title: string, sentence: string): string {
  return htmlPage(
    title,
    `<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(sentence)}</p>
<p><a href="/#pushes">Back to the sandbox</a></p>`,
  );
}
