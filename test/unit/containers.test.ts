import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readConfig, variableNames } from '../../src/config.js';
import { SECOND } from '../../src/time.js';
import { requiredEnvironment } from '../support/environment.js';
import { readSources } from '../support/imports.js';

const root = join(import.meta.dirname, '..', '..');
const read = (name: string): string => readFileSync(join(root, name), 'utf8');

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly deploy?: { readonly replicas: number };
  readonly environment: Readonly<Record<string, string>>;
  readonly env_file?: string;
  readonly init?: boolean;
  readonly stop_grace_period?: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: object;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const compose = parse(read('compose.yaml'), { merge: true }) as Compose;
const dockerfile = read('Dockerfile').replaceAll(/\\\n\s*/g, '');
const { engines, dependencies } = JSON.parse(read('package.json')) as {
  engines: { node: string };
  dependencies: Record<string, string>;
};
const servers = Object.entries(compose.services).filter(([, { build }]) => build !== undefined);

/** What follows an instruction, each time that it stands in the Dockerfile. */
function instructions(name: string): string[] {
  return [...dockerfile.matchAll(new RegExp(`^\\s*${name} (.*)$`, 'gm'))].map(([, rest = '']) => rest);
}

test('Both stages of the image are on the major version of Node that the server is for.', () => {
  const major = /^>=(\d+)$/.exec(engines.node)?.[1] ?? '';
  expect(instructions('FROM')).toEqual([`node:${major}-slim AS build`, `node:${major}-slim`]);
});

test('What the Dockerfile copies is there and reaches the build, and nothing else does.', () => {
  const copied = instructions('COPY')
    .filter((rest) => !rest.startsWith('--from'))
    .flatMap((rest) => rest.split(' ').slice(0, -1));
  expect(copied.filter((name) => !existsSync(join(root, name)))).toEqual([]);
  const [everything, ...kept] = read('.dockerignore').trim().split('\n');
  expect(everything).toBe('*');
  expect(kept.toSorted()).toEqual([...new Set(copied)].map((name) => `!${name}`).toSorted());
});

test('The image starts the server itself, which nobody but its own user runs.', () => {
  expect(instructions('USER')).toEqual(['node']);
  expect(instructions('CMD')).toEqual(['["node", "dist/server/main.js"]']);
  expect(existsSync(join(root, 'src', 'main.ts'))).toBe(true);
  expect(instructions('STOPSIGNAL')).toEqual(['SIGTERM']);
});

test('The image is asked for its health at a route and a port that the server has.', () => {
  const command = /CMD (\[.*\])$/.exec(instructions('HEALTHCHECK')[0] ?? '')?.[1] ?? '';
  const [, port, path] = /process\.env\.PORT \|\| (\d+)\) \+ '(\/\w+)'/.exec(command) ?? [];
  expect(JSON.parse(command)).toEqual(['node', '-e', expect.any(String)]);
  expect(Number(port)).toBe(readConfig(requiredEnvironment).config.port);
  expect(instructions('EXPOSE')).toEqual([port]);
  expect(read('src/http/health.ts')).toContain(`server.get('${path}'`);
});

test('Nothing that runs in the image imports a package that is only there to develop.', () => {
  const used = readSources()
    .filter(({ path }) => !/^(console|scripts|generated)\//.test(path))
    .flatMap(({ packages }) => packages)
    // The walker also takes texts of ours for names.
    .filter((name) => /^[@a-z][\w./-]*$/.test(name))
    .map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    );
  expect(used).toContain('@mikro-orm/postgresql');
  expect([...new Set(used)].filter((name) => dependencies[name] === undefined)).toEqual([]);
});

test('No package of production needs a script to be installed, but one whose script does nothing for it.', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean; hasInstallScript?: boolean }>;
  };
  const scripted = Object.entries(packages).filter(
    ([, { dev, devOptional, hasInstallScript }]) => hasInstallScript && !dev && !devOptional,
  );
  // It would only compare its version with that of whoever depends on it.
  expect(scripted.map(([path]) => path)).toEqual(['node_modules/@apollo/protobufjs']);
});

test('The servers’ settings are variables that the server reads, and it starts with them.', () => {
  expect(servers.map(([name]) => name)).toEqual(['api', 'worker']);
  for (const [, { environment }] of servers) {
    expect(Object.keys(environment).filter((name) => !variableNames.includes(name))).toEqual([]);
    const env = Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [
        name,
        value.replaceAll(
          /\$\{\w+:(?:-([^}]*)|\?[^}]*)\}/g,
          (_all, otherwise: string | undefined) => otherwise ?? 'x',
        ),
      ]),
    );
    expect(Object.values(env).join('')).not.toContain('$');
    const { config, secrets } = readConfig({ ...requiredEnvironment, ...env });
    expect(config).toMatchObject({
      databaseKind: 'postgresql',
      oauthState: 'required',
      trustProxy: 1,
      port: 4000,
    });
    expect(secrets.database.kind).toBe('postgresql');
  }
});

test('Two servers answer, one works in the background, and all have the time to stop in order.', () => {
  expect(compose.services['api']).toMatchObject({ deploy: { replicas: 2 }, environment: { WORKER: 'off' } });
  expect(compose.services['worker']?.environment['WORKER']).toBe('on');
  expect(compose.services['worker']?.deploy).toBeUndefined();
  for (const [, { stop_grace_period, init, env_file }] of servers) {
    expect(Number.parseInt(stop_grace_period ?? '', 10) * SECOND).toBeGreaterThan(25 * SECOND);
    expect({ init, env_file }).toEqual({ init: true, env_file: '.env' });
  }
});

test('Each service waits for those that it needs until they are healthy, which they can tell.', () => {
  const needs = Object.entries(compose.services).flatMap(([name, { depends_on = {} }]) =>
    Object.entries(depends_on).map(([needed, { condition }]) => `${name} → ${needed}: ${condition}`),
  );
  expect(needs).toEqual([
    'api → database: service_healthy',
    'worker → database: service_healthy',
    'proxy → api: service_healthy',
  ]);
  expect(instructions('HEALTHCHECK')).toHaveLength(1);
  expect(compose.services['database']?.healthcheck).toBeDefined();
  expect(compose.services['database']?.volumes).toEqual(['database:/var/lib/postgresql']);
  expect(compose.volumes).toHaveProperty('database');
});

test('Only the proxy can be reached from outside, and it leads to the servers but not to their figures.', () => {
  const open = Object.entries(compose.services).filter(([, { ports }]) => ports !== undefined);
  expect(open.map(([name, { ports }]) => [name, ports])).toEqual([['proxy', ['8080:8080']]]);
  const proxy = compose.configs['proxy']?.content ?? '';
  expect(proxy).toMatch(/^:8080 \{/);
  // With the star, whatever follows: a slash at the end, for one.
  expect(proxy).toContain('respond /metrics* 404\n');
  expect(proxy).toMatch(/name api\n\s+port 4000\n/);
  expect(compose.services['worker']?.environment['PUBLIC_URL']).toContain(':8080}');
});
