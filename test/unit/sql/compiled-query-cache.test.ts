import { expect, test } from 'vitest';
import { CompiledQueryCache } from '../../../src/sql/compile-once.js';
import { kyselyOf } from '../../../src/sql/kysely-of.js';
import { sql } from 'kysely';
import { createTestDatabase, openAt } from '../../support/databases.js';

test('Each form is built once, and run with the parameters that are given.', async () => {
  await using place = await createTestDatabase();
  await using database = await openAt(place.url);
  const em = database.em();
  const queries = new CompiledQueryCache<{ value: number }>();
  const built: string[] = [];
  const ask = (form: '+' | '-', one: number, other: number) =>
    queries.run(
      em,
      form,
      () => {
        built.push(form);
        return kyselyOf(em).selectNoFrom(
          sql<number>`cast(${one} as integer) ${sql.raw(form)} cast(${other} as integer)`.as('value'),
        );
      },
      [one, other],
    );
  expect(await ask('+', 1, 2)).toEqual([{ value: 3 }]);
  expect(await ask('-', 7, 2)).toEqual([{ value: 5 }]);
  expect(await ask('+', 20, 3)).toEqual([{ value: 23 }]);
  expect(await ask('-', 1, 2)).toEqual([{ value: -1 }]);
  expect(built).toEqual(['+', '-']);
});

test('A form that has not been asked for in a long time is built again.', async () => {
  await using place = await createTestDatabase();
  await using database = await openAt(place.url);
  const em = database.em();
  const queries = new CompiledQueryCache<{ value: number }>();
  let built = 0;
  const ask = (form: number) =>
    queries.run(
      em,
      String(form),
      () => {
        built += 1;
        return kyselyOf(em).selectNoFrom(sql<number>`cast(${form} as integer)`.as('value'));
      },
      [form],
    );
  for (let form = 0; form < 500; form += 1) expect(await ask(form)).toEqual([{ value: form }]);
  expect(await ask(0)).toEqual([{ value: 0 }]);
  expect(built).toBe(501);
});
