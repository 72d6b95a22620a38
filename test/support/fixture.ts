import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..', 'contract', 'fixtures');

/** A documented body of Meta's, as text: numbers above 2^53 are exact only there. */
export function fixture(name: string): string {
  return readFileSync(join(folder, `${name}.json`), 'utf8');
}

/** A documented body with this token in the place of the example's. */
export function fixtureWithToken(name: string, token: { reveal(): string }): string {
  return fixture(name).replaceAll(/(?:IGAA|EAA)-example/g, token.reveal());
}

/** All of them, those in `refusals/` by that prefix. */
export function fixtureNames(): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.replaceAll('\\', '/').replace(/\.json$/, ''));
}
