import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { placeholders } from '../../src/config-values.js';
import { ConfigError, readConfig, variableNames } from '../../src/config.js';
import { requiredEnvironment as required } from '../support/environment.js';

const lines = readFileSync(join(import.meta.dirname, '..', '..', '.env.example'), 'utf8').split('\n');

interface Variable {
  readonly name: string;
  readonly value: string;
  readonly isOptional: boolean;
  readonly comment: string;
}

const variables = lines.flatMap((line, index): Variable[] => {
  const [, optional = '', name, value = ''] = /^(#?)([A-Z_]+)=(.*)$/.exec(line) ?? [];
  return name === undefined
    ? []
    : [{ name, value, isOptional: optional === '#', comment: lines[index - 1] ?? '' }];
});

test('.env.example has every variable that the server reads, once, and no other.', () => {
  expect(variables.map(({ name }) => name)).toEqual([...variableNames]);
});

test('Each variable has one line of comment above it.', () => {
  for (const { name, comment } of variables) {
    expect({ name, comment }).toEqual({ name, comment: expect.stringMatching(/^# \S.{8,}[^\s,]$/) });
  }
});

test('What is commented out is optional, and stands there with its default.', () => {
  const defaults = JSON.stringify(readConfig(required));
  for (const { name, value } of variables.filter(
    (one) => one.isOptional && !placeholders.includes(one.value),
  )) {
    expect({ name, read: JSON.stringify(readConfig({ ...required, [name]: value })) }).toEqual({
      name,
      read: defaults,
    });
  }
});

test('What is not commented out is required, or safer than the default.', () => {
  const active = variables.filter(({ isOptional }) => !isOptional).map(({ name }) => name);
  expect(active).toEqual([...Object.keys(required), 'OAUTH_STATE']);
  expect(variables.find(({ name }) => name === 'OAUTH_STATE')?.value).toBe('required');
});

test('A server with the file as it is does not start, and says what to fill in.', () => {
  const env = Object.fromEntries(
    variables.filter((one) => !one.isOptional).map(({ name, value }) => [name, value]),
  );
  expect(() => readConfig(env)).toThrow(
    new ConfigError([
      'INSTAGRAM_CLIENT_ID: still holds the text of .env.example',
      'INSTAGRAM_CLIENT_SECRET: still holds the text of .env.example',
      'TOKEN_ENCRYPTION_KEYS: is missing',
    ]),
  );
});

test('Every placeholder that the server refuses stands in the file, where Meta’s values belong.', () => {
  const values = variables.map(({ value }) => value);
  for (const placeholder of placeholders) expect(values).toContain(placeholder);
});
