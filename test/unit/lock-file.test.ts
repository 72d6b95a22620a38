import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const { packages } = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', 'package-lock.json'), 'utf8'),
) as { readonly packages: Readonly<Record<string, Locked>> };

// npm, installing beside a present node_modules, can leave the other platforms' binaries out of the lock file:
// `npm ci` then fails on every machine but the one that wrote it.
test('The lock file holds the optional packages of all platforms.', () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) =>
        packages[`node_modules/${name}`] === undefined &&
        packages[`${path}/node_modules/${name}`] === undefined,
    ),
  );
  expect(missing).toEqual([]);
});

test('Each entry of the lock file has a version, and none the address of a registry.', () => {
  const entries = Object.entries(packages).filter(([path]) => path !== '');
  expect(entries.length).toBeGreaterThan(300);
  for (const [path, { version, resolved }] of entries) {
    expect({ path, version, resolved }).toEqual({
      path,
      version: expect.stringMatching(/^\d/),
      resolved: undefined,
    });
  }
});
