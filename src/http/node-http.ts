import type { FastifyReply, FastifyRequest } from 'fastify';

/** A request as Node has it. */
export type IncomingMessage = FastifyRequest['raw'];

/** Its answer, as Node has it. */
export type ServerResponse = FastifyReply['raw'];

/** Answers a request, as Node hands it over. */
export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;
