// GraphQL Yoga with graphql-jit, and without whatever is of no use to an API.
import { createServer } from 'node:http';
import process from 'node:process';
import { useGraphQlJit } from '@envelop/graphql-jit';
import { createYoga } from 'graphql-yoga';
import { peerSchema, statementResolvers } from './peer-schema.ts';
import { openWork } from './sqlite-work.ts';

const yoga = createYoga({
  schema: peerSchema(await statementResolvers(openWork())),
  plugins: [useGraphQlJit()],
  logging: false,
  graphiql: false,
  landingPage: false,
  multipart: false,
  cors: false,
});
createServer((request, response) => void yoga(request, response)).listen(
  Number(process.env['PORT']),
  '127.0.0.1',
);
