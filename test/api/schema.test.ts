import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate, loadContext } from '@graphql-codegen/cli';
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isObjectType,
  isSpecifiedScalarType,
  Kind,
  parse,
  validate,
  validateSchema,
  type GraphQLNamedType,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { buildGraphQLSchema } from '../../src/graphql/build-schema.js';
import { printSortedSchema } from '../../src/graphql/emit-schema.js';

const root = join(import.meta.dirname, '..', '..');
const folder = join(root, 'schema', 'operations');
const schema = buildGraphQLSchema();
const ownTypes = Object.values(schema.getTypeMap()).filter(
  (type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
);

describe('What is committed', () => {
  test('as schema.graphql is what the code prints.', () => {
    expect(readFileSync(join(root, 'schema', 'schema.graphql'), 'utf8')).toBe(printSortedSchema());
  });

  test('as typed documents is what codegen makes of the schema and the operations.', async () => {
    const context = await loadContext(join(root, 'codegen.yml'));
    context.cwd = root;
    const outputs = (await generate(context, false)) as Array<{ filename: string; content: string }>;
    expect(outputs.map(({ filename }) => filename)).toEqual(['src/generated/graphql.ts']);
    expect(outputs[0]?.content).toBe(readFileSync(join(root, 'src', 'generated', 'graphql.ts'), 'utf8'));
  });
});

test('The schema is valid: the server does not look through it again when it starts.', () => {
  expect(validateSchema(schema)).toEqual([]);
});

test('Every type, field, argument and enum value has a description.', () => {
  expect(ownTypes.flatMap(partsOf).filter(({ description }) => !/\S.{5,}/s.test(description ?? ''))).toEqual(
    [],
  );
});

interface Part {
  readonly name: string;
  readonly description: string | null | undefined;
}

function partsOf(type: GraphQLNamedType): Part[] {
  const parts: Part[] = [{ name: type.name, description: type.description }];
  if (isEnumType(type)) parts.push(...type.getValues());
  if (!isObjectType(type) && !isInputObjectType(type)) return parts;
  for (const field of Object.values(type.getFields())) {
    const name = `${type.name}.${field.name}`;
    parts.push({ name, description: field.description });
    if (!('args' in field)) continue;
    for (const argument of field.args) {
      parts.push({ name: `${name}(${argument.name})`, description: argument.description });
    }
  }
  return parts;
}

test('No field but that of InstagramAccessToken can hold a token, and none a secret.', () => {
  const names = ownTypes.flatMap((type) =>
    isObjectType(type)
      ? Object.values(type.getFields()).map((field) => `${type.name}.${field.name}: ${String(field.type)}`)
      : [],
  );
  const suspicious = names.filter((name) =>
    /\.\w*(token|secret|password|cipher|verifier|code)\w*: String/i.test(name),
  );
  expect(suspicious.toSorted()).toEqual([
    'InstagramAccessToken.accessToken: String!',
    'TokenProblem.code: String!',
  ]);
});

describe.each(readdirSync(folder))('schema/operations/%s', (name) => {
  const text = readFileSync(join(folder, name), 'utf8');
  const document = parse(text);

  test('holds one operation, whose name is that of the file.', () => {
    expect(document.definitions.map(({ kind }) => kind)).toEqual([Kind.OPERATION_DEFINITION]);
    const [definition] = document.definitions;
    const operation = definition?.kind === Kind.OPERATION_DEFINITION ? (definition.name?.value ?? '') : '';
    const kebab = operation.replaceAll(/(?<!^)[A-Z]/g, '-$&').toLowerCase();
    expect(name).toBe(`${kebab}.graphql`);
  });

  test('is valid.', () => {
    expect(validate(schema, document)).toEqual([]);
  });
});

test('Every query and mutation has an operation.', () => {
  const operations = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  for (const type of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.keys(type?.getFields() ?? {}))
      expect(operations).toMatch(new RegExp(`^  ${field}\\b`, 'm'));
  }
});

describe('The contract', () => {
  const sdl = readFileSync(join(root, 'test', 'contract', 'required-schema.graphql'), 'utf8');
  const required = Object.values(buildSchema(sdl).getTypeMap()).filter(
    (type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
  );

  test.each(required.map((type) => [type.name, type] as const))(
    'has all of %s, with exactly those types.',
    (name, type) => {
      const ours = schema.getType(name);
      expect(ours?.constructor.name).toBe(type.constructor.name);
      expect(describeType(ours)).toEqual(expect.objectContaining(describeType(type)));
    },
  );

  test('is not narrowed: what we added to arguments and inputs can be left out.', () => {
    const known = new Set(required.flatMap((type) => Object.keys(describeType(type))));
    const added = ownTypes
      .flatMap((type) => Object.entries(describeType(type)))
      .filter(([key]) => !known.has(key));
    const inputs = added.filter(([key]) => key.includes('(') || key.startsWith('input '));
    expect(inputs.filter(([, type]) => type.endsWith('!'))).toEqual([]);
  });
});

/** Everything that a caller can rely on, as `name: type`. */
function describeType(type: GraphQLNamedType | undefined): Record<string, string> {
  if (isEnumType(type))
    return Object.fromEntries(type.getValues().map(({ name }) => [`${type.name}.${name}`, 'value']));
  if (!isObjectType(type) && !isInputObjectType(type)) return {};
  const entries: Array<[string, string]> = [];
  const prefix = isInputObjectType(type) ? 'input ' : '';
  for (const field of Object.values(type.getFields())) {
    const name = `${prefix}${type.name}.${field.name}`;
    entries.push([name, String(field.type)]);
    if (!('args' in field)) continue;
    for (const { name: argument, type: argumentType, defaultValue } of field.args) {
      const byDefault = defaultValue === undefined ? '' : ` = ${JSON.stringify(defaultValue)}`;
      entries.push([`${name}(${argument})`, `${String(argumentType)}${byDefault}`]);
    }
  }
  return Object.fromEntries(entries);
}
