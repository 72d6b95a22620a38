// Mercurius on Fastify; every text is compiled at its second time.
import process from 'node:process';
import { fastify } from 'fastify';
import { mercurius } from 'mercurius';
import { peerSchema, statementResolvers } from './peer-schema.ts';
import { openWork } from './sqlite-work.ts';

const server = fastify();
await server.register(mercurius, { schema: peerSchema(await statementResolvers(openWork())), jit: 1 });
await server.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' });
