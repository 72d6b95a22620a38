import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig, secretVariables, type Environment } from '../../src/config.js';
import { madeUpRingKey, madeUpSecret as value, problemsOf } from '../support/environment.js';

/** Each secret in a form that it may have. */
const secrets: Readonly<Record<(typeof secretVariables)[number], string>> = {
  INSTAGRAM_CLIENT_SECRET: value,
  INSTAGRAM_VERIFY_TOKEN: value,
  FACEBOOK_CLIENT_SECRET: value,
  INSTAGRAM_CLIENT_SECRET_PREVIOUS: value,
  FACEBOOK_CLIENT_SECRET_PREVIOUS: value,
  TOKEN_ENCRYPTION_KEYS: `k1:${madeUpRingKey}`,
  ADMIN_API_KEYS: `ada:${value}`,
  SERVICE_API_KEYS: `worker:${value}-of-a-service`,
  NOTIFY_URL: `https://ops.example/notices?token=${value}`,
  NOTIFY_SECRET: `${value}-of-notices`,
  DATABASE_URL: `postgresql://moca:${value}@localhost/moca`,
  EVENTS_URL: `https://services.example/events?token=${value}`,
  EVENTS_SECRET: `${value}-of-events`,
};
const complete: Environment = {
  INSTAGRAM_CLIENT_ID: '1',
  FACEBOOK_CLIENT_ID: '2',
  ...secrets,
};

describe.each(secretVariables)('%s_FILE', (name) => {
  test('names the file in which the secret stands, with or without a line end.', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
    const path = join(folder.path, 'secret');
    for (const end of ['', '\n', '\r\n']) {
      writeFileSync(path, secrets[name] + end);
      const fromFile = readConfig({ ...complete, [name]: undefined, [`${name}_FILE`]: ` ${path} ` });
      expect(JSON.stringify(fromFile)).toBe(JSON.stringify(readConfig(complete)));
    }
  });

  test('may not be set together with the variable itself.', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
    const path = join(folder.path, 'secret');
    writeFileSync(path, secrets[name]);
    expect(problemsOf({ ...complete, [`${name}_FILE`]: path })).toEqual([
      `${name} and ${name}_FILE: set one of them`,
    ]);
  });

  test('is told by its name when the file is not there, and without the path.', () => {
    const env = { ...complete, [name]: undefined, [`${name}_FILE`]: '/nowhere/canary' };
    const problems = problemsOf(env);
    expect(problems).toContain(`${name}_FILE: the file cannot be read`);
    expect(problems.join()).not.toContain('canary');
  });

  test('is judged like the variable: an empty file is a missing one, and a placeholder is refused.', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
    const path = join(folder.path, 'secret');
    const env = { ...complete, [name]: undefined, [`${name}_FILE`]: path };
    writeFileSync(path, ' \n');
    expect(problemsOf(env)).toEqual(problemsOf({ ...complete, [name]: undefined }));
    writeFileSync(path, 'your-instagram-app-secret\n');
    expect(problemsOf(env).map((problem) => problem.split(':')[0])).toEqual([name]);
  });
});

test('Only secrets have a file: other variables are not read from one.', () => {
  const env = { ...complete, PORT_FILE: '/nowhere', INSTAGRAM_CLIENT_ID_FILE: '/nowhere' };
  expect(problemsOf(env)).toEqual([]);
});
