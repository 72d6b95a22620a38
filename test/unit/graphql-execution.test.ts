import { HeaderMap, type ApolloServer, type HTTPGraphQLResponse } from '@apollo/server';
import fc from 'fast-check';
import { buildSchema, GraphQLError, isObjectType, parse, type GraphQLSchema } from 'graphql';
import { beforeAll, expect, test } from 'vitest';
import { AppError } from '../../src/errors.js';
import { createApolloServer } from '../../src/graphql/apollo-server.js';
import { CommittedOperations } from '../../src/graphql/committed-operations.js';
import { CompiledOperations } from '../../src/graphql/compiled-operations.js';
import { createLogger } from '../../src/logger.js';
import type { RequestContext } from '../../src/request-context.js';
import { MINUTE, systemClock } from '../../src/time.js';
import { TestClock } from '../support/test-clock.js';

/** What our own schema has, and what it may come to have. */
const sdl = `
  directive @tag(name: String) on FIELD
  type Query { pet(name: String! = "Rex"): Pet, pets(kinds: [Kind!], first: Int): [Pet!]!, named: [Named], search(text: String): [Found],
    broken: Broken, strict: Broken!, echo(input: Input, id: ID, number: Float, on: Boolean, list: [[Int]], kind: Kind = CAT): String, slow(ms: Int!): Int, hidden: String, coded: String, thrown: String, odd: Int, leaves: Leaves }
  type Mutation { add(by: Int!): Int!, fail(by: Int!): Int!, count: Int! }
  enum Kind { CAT DOG }
  type Leaves { textOfNumber: String, textOfTruth: String!, textOfObject: String, textOfNaN: String, idOfNumber: ID, idOfHalf: ID, idOfTruth: ID!, truthOfNumber: Boolean, truthOfText: Boolean!, truthOfNaN: Boolean,
    numberOfText: Int, numberOfTruth: Int!, numberOfHalf: Int, numberOfNaN: Int, numberOfBig: Int, tooGreat: Int!, negativeZero: Int!, listOfBig: [Int]!, laterBig: Int, kindOfNumber: Kind, time: Float }
  interface Named { name: String! }
  type Pet implements Named { name: String!, kind: Kind!, age: Int, friends(first: Int = 2): [Pet!]!, owner: Person }
  type Person implements Named { name: String!, pets: [Pet]!, secret: String! }
  union Found = Pet | Person
  type Broken { a: String, b: String!, list: [String!], inner: Broken, deep: Broken!, wrongKind: Kind, wrongInt: Int!, later: String! }
  input More { text: String!, number: Int = 3 }
  input Input { text: String! = "text", more: [More!], kind: Kind, number: Int }
`;

interface Toy {
  readonly schema: GraphQLSchema;
  readonly count: () => number;
}

function createToy(): Toy {
  const schema = buildSchema(sdl);
  let count = 0;
  const rex = {
    __typename: 'Pet',
    name: 'Rex',
    kind: 'DOG',
    age: 3,
    owner: { __typename: 'Person', name: 'Ada' },
  };
  const tom = { __typename: 'Pet', name: 'Tom', kind: 'CAT', age: null };
  const later = <T>(value: T): Promise<T> => new Promise((resolve) => setImmediate(() => resolve(value)));
  // None is what it is said to be.
  const leaves = {
    textOfNumber: 7,
    textOfTruth: true,
    textOfObject: { valueOf: () => 'text' },
    textOfNaN: Number.NaN,
    idOfNumber: 7,
    idOfHalf: 0.5,
    idOfTruth: true,
    truthOfNumber: 0,
    truthOfText: 'yes',
    truthOfNaN: Number.NaN,
    numberOfText: '7',
    numberOfTruth: true,
    numberOfHalf: 0.5,
    numberOfNaN: Number.NaN,
    numberOfBig: 7n,
    tooGreat: 2 ** 31,
    negativeZero: -0,
    listOfBig: [1, 7n, '8', null],
    kindOfNumber: 1,
    time: '1e3',
  };
  const broken = { a: 'a', list: ['x', null], wrongKind: 'COW', wrongInt: 'three' };
  const resolvers: Record<string, Record<string, (source: never, args: never, context: never) => unknown>> = {
    Query: {
      pet: (_: unknown, { name }: { name: string }) => later([rex, tom].find((pet) => pet.name === name)),
      pets: () => [rex, tom],
      named: () => [rex, later({ __typename: 'Person', name: 'Ada' }), null],
      search: () =>
        later([tom, { __typename: 'Person', name: 'Bob', pets: [tom, null] }, { __typename: 'Cow' }]),
      broken: () => broken,
      strict: () => later(broken),
      echo: (_: unknown, args: object) => inOrder(args),
      slow: (_: unknown, { ms }: { ms: number }) => later(ms),
      hidden: () => {
        throw new AppError('FORBIDDEN', 'Not for you.');
      },
      coded: () =>
        Promise.reject(new GraphQLError('Coded.', { extensions: { code: 'BAD_USER_INPUT', more: 1 } })),
      thrown: () => {
        throw new Error('a secret of ours');
      },
      odd: () => later(new Error('returned, not thrown')),
      leaves: () => leaves,
    },
    Mutation: {
      add: (_: unknown, { by }: { by: number }) => later((count += by)),
      fail: (_: unknown, { by }: { by: number }) => {
        count += by;
        throw new AppError('CONFLICT', `It is ${count}.`);
      },
      count: () => count,
    },
    Leaves: { laterBig: () => later(7n) },
    Pet: { friends: (_: unknown, { first }: { first: number }) => [tom, rex].slice(0, first) },
    Person: {
      secret: () => {
        throw new AppError('NOT_FOUND', 'No secret.');
      },
    },
    Broken: {
      b: () => null,
      inner: () => later(broken),
      deep: () => broken,
      later: () => later(null),
    },
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const [name, resolve] of Object.entries(resolvers[type.name] ?? {})) {
      const field = type.getFields()[name];
      if (field !== undefined) field.resolve = resolve as never;
    }
  }
  return { schema, count: () => count };
}

/** What a field was given, whatever the order in which it came. */
function inOrder(given: unknown): string {
  return JSON.stringify(given, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/** One way to execute. */
interface Way {
  readonly toy: Toy;
  readonly ask: (body: unknown) => Promise<{ status: number; body: string }>;
}

const noCommitted = new CommittedOperations();

async function createWay(kind: 'graphql-js' | 'compiled' | 'fast'): Promise<Way> {
  const toy = createToy();
  const compiled = new CompiledOperations(toy.schema, systemClock);
  const logger = await createLogger({ level: 'silent', pretty: false });
  const apollo = createApolloServer({
    schema: toy.schema,
    logger,
    openIntrospection: true,
    compiled: kind === 'graphql-js' ? null : compiled,
    committed: noCommitted,
    onOperation: null,
  });
  await apollo.start();
  const context: RequestContext = {
    principal: null,
    refusal: null,
    requestId: 'r',
    countUse: () => undefined,
  };
  return {
    toy,
    ask: async (body) => {
      const own = { ...context };
      if (kind === 'fast') Object.assign(own, await executedBefore(compiled, own, body));
      return answerOf(await post(apollo, body, own));
    },
  };
}

/** As the fast path hands over what came to an error; nothing, where it would not have executed. */
async function executedBefore(
  compiled: CompiledOperations,
  context: RequestContext,
  body: unknown,
): Promise<object> {
  const { query, variables } = body as { query: string; variables?: Record<string, unknown> };
  let document;
  try {
    document = parse(query);
  } catch {
    return {};
  }
  const [operation, ...others] = document.definitions;
  if (operation?.kind !== 'OperationDefinition' || others.length > 0) return {};
  try {
    const found = compiled.find(document, null, true);
    return found === null ? {} : { answer: await found(context, variables ?? {}) };
  } catch {
    // Not valid: it would never have become one of ours.
    return {};
  }
}

function post(
  apollo: ApolloServer<RequestContext>,
  body: unknown,
  context: RequestContext,
): Promise<HTTPGraphQLResponse> {
  const headers = new HeaderMap([['content-type', 'application/json']]);
  return apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method: 'POST', headers, search: '', body },
    context: () => Promise.resolve(context),
  });
}

function answerOf({ status, body }: HTTPGraphQLResponse): { status: number; body: string } {
  if (body.kind !== 'complete') throw new TypeError('Answered in chunks.');
  // An error that is masked gets an id of its own.
  return { status: status ?? 200, body: body.string.replaceAll(/"id":"[0-9a-f-]{36}"/g, '"id":"…"') };
}

let ways: readonly [Way, Way, Way];
beforeAll(async () => {
  // Loaded in the background else, when it is first of use.
  await import('graphql-jit');
  ways = [await createWay('graphql-js'), await createWay('compiled'), await createWay('fast')];
});

/** Asked often enough to be compiled, and once more. */
const TIMES = 5;

/** Where an answer, or what was done for it, is not that of graphql-js. */
async function differences(body: unknown): Promise<object[]> {
  const found: object[] = [];
  for (let time = 0; time < TIMES; time += 1) {
    const answers = await Promise.all(ways.map((way) => way.ask(body)));
    const [plain, ...others] = answers.map((one, index) =>
      JSON.stringify({ ...one, count: ways[index]?.toy.count() }),
    );
    found.push(...others.filter((other) => other !== plain).map((other) => ({ body, plain, other })));
  }
  return found;
}

const operations: ReadonlyArray<readonly [title: string, query: string, variables?: unknown]> = [
  ['a field', '{ pet { name } }'],
  ['a default value', '{ pet { name friends { name } } }'],
  ['a variable', 'query ($n: String!) { pet(name: $n) { name kind age } }', { n: 'Tom' }],
  ['a default of a variable', 'query ($n: String! = "Tom") { pet(name: $n) { name } }'],
  [
    'null for a variable with a default',
    'query ($n: String = "Tom") { pet(name: $n) { name } }',
    { n: null },
  ],
  ['a variable that is missing', 'query ($n: String!) { pet(name: $n) { name } }', {}],
  ['a variable of another type', 'query ($n: String!) { pet(name: $n) { name } }', { n: 7 }],
  ['a variable nobody knows', 'query ($n: String) { search(text: $n) { __typename } }', { n: 'x', other: 1 }],
  ['an int that is too large', 'query ($f: Int) { pets(first: $f) { name } }', { f: 2 ** 40 }],
  ['an int with a fraction', 'query ($f: Int) { pets(first: $f) { name } }', { f: 1.5 }],
  ['a float without one', 'query ($f: Float) { echo(number: $f) }', { f: 3 }],
  ['an id that is a number', 'query ($i: ID) { echo(id: $i) }', { i: 12 }],
  ['an id that is a fraction', 'query ($i: ID) { echo(id: $i) }', { i: 1.2 }],
  ['a list in the place of one', 'query ($k: [Kind!]) { pets(kinds: $k) { name } }', { k: 'CAT' }],
  ['a list with null', 'query ($k: [Kind!]) { pets(kinds: $k) { name } }', { k: ['CAT', null] }],
  ['an enum nobody knows', 'query ($k: Kind) { echo(kind: $k) }', { k: 'COW' }],
  ['an enum by its default', '{ echo }'],
  ['an enum that is null', '{ echo(kind: null) }'],
  ['lists in lists', 'query ($l: [[Int]]) { echo(list: $l) }', { l: [[1, null], null, 3] }],
  ['an input with a default', 'query ($i: Input) { echo(input: $i) }', { i: { number: 1 } }],
  [
    'inputs in inputs',
    'query ($i: Input) { echo(input: $i) }',
    { i: { more: [{ text: 'a', number: null }, { text: 'b' }] } },
  ],
  ['an input without what it needs', 'query ($i: Input) { echo(input: $i) }', { i: { text: null } }],
  ['an input with a field too many', 'query ($i: Input) { echo(input: $i) }', { i: { texts: 'x' } }],
  ['an input that is a text', 'query ($i: Input) { echo(input: $i) }', { i: 'x' }],
  [
    'an input written in the document',
    'query ($t: String!) { echo(input: { text: $t, more: [{ text: "b" }] }) }',
    { t: 'a' },
  ],
  ['a variable of an input that is missing', 'query ($n: Int) { echo(input: { number: $n }) }', {}],
  ['a variable within a list', 'query ($n: Int) { echo(list: [[$n, 1]]) }', {}],
  [
    'variables that are missing',
    'query ($i: Input, $id: ID, $n: Float, $b: Boolean, $k: Kind) { echo(input: $i, id: $id, number: $n, on: $b, kind: $k) }',
    {},
  ],
  [
    'variables that are null',
    'query ($i: Input, $id: ID, $k: Kind) { echo(input: $i, id: $id, kind: $k) }',
    { i: null, id: null, k: null },
  ],
  ['an input of which some is missing', 'query ($i: Input) { echo(input: $i) }', { i: {} }],
  ['aliases', '{ a: pet { n: name } b: pet(name: "Tom") { n: name, k: kind } }'],
  ['a field twice', '{ pet { name name owner { name } owner { name } } }'],
  [
    'a fragment',
    'query { pet { ...P } } fragment P on Pet { name friends { ...Q } } fragment Q on Pet { kind }',
  ],
  ['a fragment inline', '{ pet { ... on Pet { name } ... { age } } }'],
  ['an interface', '{ named { name __typename ... on Pet { kind } ... on Person { pets { name } } } }'],
  ['a union', '{ search { __typename ... on Pet { name } ... on Named { name } } }'],
  ['a union of one type', '{ search(text: "x") { ... on Person { name pets { name } } } }'],
  ['@include', 'query ($y: Boolean!) { pet { name @include(if: $y) age @skip(if: $y) } }', { y: true }],
  ['@skip', 'query ($y: Boolean!) { pet { name @include(if: $y) age @skip(if: $y) } }', { y: false }],
  ['@include on a fragment', 'query ($y: Boolean = false) { pet { name ... @include(if: $y) { age } } }'],
  ['@skip of everything', '{ pet { name @skip(if: true) } }'],
  ['a directive of our own', '{ pet { name @tag(name: "x") } }'],
  ['a directive nobody knows', '{ pet { name @deferred } }'],
  ['null where there may be one', '{ pet(name: "Nobody") { name } }'],
  ['null where there must be none', '{ broken { a b } }'],
  ['null that takes all with it', '{ strict { a b } }'],
  ['null in a list', '{ broken { list a } }'],
  ['null further down', '{ broken { a inner { a inner { b } } } }'],
  ['null that goes up twice', '{ broken { a inner { deep { b } } } }'],
  ['null that comes later', '{ broken { a later } pet { name } }'],
  ['two that go wrong', '{ broken { list inner { b } } pet { owner { secret } } }'],
  ['an enum that the server does not know', '{ broken { a wrongKind } }'],
  ['an int that is none', '{ broken { a wrongInt } pet { name } }'],
  ['leaves of another type', '{ leaves { textOfNumber textOfTruth textOfObject idOfNumber truthOfNumber } }'],
  ['leaves of no type', '{ leaves { textOfNaN idOfHalf truthOfNaN } }'],
  ['numbers of another type', '{ leaves { numberOfText numberOfTruth negativeZero time } }'],
  ['numbers that are none', '{ leaves { numberOfHalf numberOfNaN numberOfBig kindOfNumber numberOfText } }'],
  ['a list of numbers that are none', '{ leaves { listOfBig numberOfText } }'],
  ['a number that comes later and is none', '{ leaves { numberOfText laterBig } }'],
  ['a number that is too great', '{ leaves { numberOfText tooGreat } }'],
  ['an id that is a truth', '{ leaves { textOfNumber idOfTruth } }'],
  ['a truth that is a text', '{ leaves { textOfNumber truthOfText } }'],
  ['an error of ours', '{ hidden pet { name } }'],
  ['an error of ours below', '{ pet { owner { name secret } } pets { name } }'],
  ['an error with a code', '{ coded }'],
  ['an error of nobody', '{ thrown pet { name } }'],
  ['an error that is returned', '{ odd }'],
  ['a mutation', 'mutation { add(by: 1) }'],
  ['mutations one after the other', 'mutation { a: add(by: 1) b: add(by: 2) count }'],
  ['a mutation that fails', 'mutation { a: add(by: 1) fail(by: 1) count }'],
  ['a mutation that takes all with it', 'mutation ($b: Int!) { fail(by: $b) }', { b: 2 }],
  ['a mutation without its variable', 'mutation ($b: Int!) { add(by: $b) }', {}],
  [
    'the schema',
    '{ __schema { queryType { name fields { name args { name defaultValue type { kind ofType { name } } } } } } }',
  ],
  ['a type', '{ __type(name: "Found") { kind possibleTypes { name } } pet { __typename } }'],
  ['the type of the root', '{ __typename }'],
  ['several operations without a name', 'query A { pet { name } } query B { pets { name } }'],
  ['a field nobody knows', '{ pet { wings } }'],
  ['an argument nobody knows', '{ pet(nam: "x") { name } }'],
  ['a field without its selection', '{ pet }'],
  ['a selection where there is none', '{ pet { name { first } } }'],
  ['a variable that is not declared', '{ pet(name: $n) { name } }'],
  ['a variable that is not used', 'query ($n: String) { pet { name } }'],
  ['a fragment that goes round', 'query { pet { ...P } } fragment P on Pet { friends { ...P } }'],
  ['no document', ''],
  ['half a document', '{ pet { name }'],
  ['a subscription', 'subscription { pet { name } }'],
];

test.each(operations)(
  '%s: graphql-js, a compiled function and the fast path say the same.',
  async (_, query, variables) => {
    expect(await differences(variables === undefined ? { query } : { query, variables })).toEqual([]);
  },
);

test('Operations of one document by their names, and by none that it has.', async () => {
  const query =
    'query A { pet { name } } query B($k: [Kind!]) { pets(kinds: $k) { name } } mutation C { count }';
  for (const operationName of ['A', 'B', 'C', 'D', '', null])
    expect(await differences({ query, operationName })).toEqual([]);
});

/** Selections of the toy's types, by depth. */
function selection(type: 'Pet' | 'Person' | 'Broken', depth: number): fc.Arbitrary<string> {
  const leaves = {
    Pet: ['name', 'kind', 'age', '__typename'],
    Person: ['name', 'secret'],
    Broken: ['a', 'b', 'list', 'wrongKind', 'wrongInt', 'later'],
  };
  const branches: Record<typeof type, ReadonlyArray<readonly [string, 'Pet' | 'Person' | 'Broken']>> = {
    Pet: [
      ['friends', 'Pet'],
      ['friends(first: $n)', 'Pet'],
      ['owner', 'Person'],
    ],
    Person: [['pets', 'Pet']],
    Broken: [
      ['inner', 'Broken'],
      ['deep', 'Broken'],
    ],
  };
  const leaf = fc
    .tuple(
      fc.constantFrom(...leaves[type]),
      fc.oneof(
        { weight: 20, arbitrary: fc.constant('') },
        fc.constantFrom(' @include(if: $y)', ' @skip(if: $y)'),
      ),
      fc.boolean(),
    )
    .map(
      ([field, directive, isNamed]) =>
        `${isNamed ? `${field.replaceAll('_', '')}2: ` : ''}${field}${directive}`,
    );
  const branch =
    depth === 0
      ? leaf
      : fc
          .constantFrom(...branches[type])
          .chain(([field, of]) =>
            selection(of, depth - 1).map(
              (inner) => `${field.replace(/\W.*/, '')}${depth}${field.length}: ${field} ${inner}`,
            ),
          );
  const inline =
    depth === 0
      ? leaf
      : selection(type, depth - 1).chain((inner) =>
          fc
            .oneof({ weight: 9, arbitrary: fc.constant('') }, fc.constant(' @include(if: $y)'))
            .map((directive) => `... on ${type}${directive} ${inner}`),
        );
  return fc
    .array(fc.oneof({ weight: 3, arbitrary: leaf }, branch, inline), { minLength: 1, maxLength: 4 })
    .map((fields) => `{ ${fields.join(' ')} }`);
}

const root = fc.oneof(
  selection('Pet', 3).map((inner) => `pet(name: $name) ${inner}`),
  selection('Pet', 2).map((inner) => `pets ${inner}`),
  selection('Person', 2).map((inner) => `search { ... on Person ${inner} }`),
  selection('Broken', 2).map((inner) => `broken ${inner}`),
  selection('Broken', 1).map((inner) => `strict ${inner}`),
  fc.constantFrom('hidden', 'thrown', 'coded', 'slow(ms: $n)', 'echo(input: { number: $n }, on: $y)'),
);

test('Any other operation, with any variables: the same.', async () => {
  const some = fc.constantFrom<unknown>(undefined, null, 0, 1, 2.5, 'Rex', 'Tom', true, false, [], {});
  const variables = fc.record(
    { name: some, n: some, y: fc.oneof(fc.constant(true), fc.constant(false), some) },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(root, { minLength: 1, maxLength: 3, selector: (field) => /^\w+/.exec(field)?.[0] }),
      variables,
      async (fields, values) => {
        const query = `query ($name: String! = "Rex", $n: Int! = 1, $y: Boolean! = true) { ${fields.join(' ')} }`;
        expect(await differences({ query, variables: values })).toEqual([]);
      },
    ),
    { numRuns: 250 },
  );
});

test('A schema whose input types hold themselves is executed by graphql-js: to compile them would take minutes.', () => {
  const schema = buildSchema('type Query { a(tree: Tree): Int } input Tree { trees: [Tree!] }');
  const document = parse('query ($tree: Tree) { a(tree: $tree) }');
  const compiled = new CompiledOperations(schema, systemClock);
  expect([1, 2, 3, 4, 5].map(() => compiled.find(document, null, true))).toEqual([
    null,
    null,
    null,
    null,
    null,
  ]);
});

test('An operation is compiled when it is asked for the third time, and one of ours at once.', async () => {
  const compiled = await loaded(new CompiledOperations(createToy().schema, systemClock));
  const [asked, ours] = [parse('{ pet { name } }'), parse('{ pet { name } }')];
  expect([1, 2, 3, 4].map(() => compiled.find(asked, null, false) !== null)).toEqual([
    false,
    false,
    true,
    true,
  ]);
  expect(compiled.find(ours, null, true)).not.toBeNull();
});

test('Whoever sends new texts all the time is not compiled all the time.', async () => {
  const clock = new TestClock();
  const compiled = await loaded(new CompiledOperations(createToy().schema, clock));
  const documents = Array.from({ length: 20 }, () => parse('{ pet { name } }'));
  const askForAll = (): number => documents.filter((one) => compiled.find(one, null, false) !== null).length;
  expect([1, 2, 3, 4].map(askForAll)).toEqual([0, 0, 1, 1]);
  clock.advance(MINUTE);
  expect(askForAll()).toBe(2);
});

async function loaded(compiled: CompiledOperations): Promise<CompiledOperations> {
  compiled.find(parse('{ __typename }'), null, true);
  await new Promise((resolve) => setImmediate(resolve));
  return compiled;
}
