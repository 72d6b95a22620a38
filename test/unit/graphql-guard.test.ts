import { buildSchema } from 'graphql';
import { expect, test } from 'vitest';
import { buildGraphQLSchema } from '../../src/graphql/build-schema.js';
import { guardSchema } from '../../src/graphql/guard-schema.js';

const sdl = `
  type Query { known: String, extra: String }
  type Mutation { change: String }
  type Thing { field: String }
`;

test('A field of Query, Mutation or Subscription without an entry in the table keeps the schema from being built.', () => {
  const table = { 'Query.known': ['admin'], 'Query.extra': ['admin'], 'Mutation.change': ['admin'] } as const;
  expect(() => guardSchema(buildSchema(sdl), table)).not.toThrow();
  for (const name of Object.keys(table)) {
    const rest = Object.fromEntries(Object.entries(table).filter(([key]) => key !== name));
    expect(() => guardSchema(buildSchema(sdl), rest)).toThrow(`${name} has no entry in the access table.`);
  }
  const withSubscription = `${sdl} type Subscription { live: String }`;
  expect(() => guardSchema(buildSchema(withSubscription), table)).toThrow('Subscription.live');
});

test('A field that is called like something of every object has no entry by accident.', () => {
  const schema = buildSchema('type Query { toString: String }');
  expect(() => guardSchema(schema, {})).toThrow('Query.toString has no entry');
});

test('An entry for a field that is not there keeps the schema from being built: it would guard nothing.', () => {
  const table = {
    'Query.known': ['admin'],
    'Query.extra': [],
    'Mutation.change': [],
    'Thing.gone': [],
  } as const;
  expect(() => guardSchema(buildSchema(sdl), table)).toThrow('Thing.gone');
});

test("The server's own schema is complete.", () => {
  expect(() => buildGraphQLSchema()).not.toThrow();
});
