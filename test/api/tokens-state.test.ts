import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InstagramAccountDocument } from '../../src/generated/graphql.js';
import { DAY, plus } from '../../src/time.js';
import { tokenKinds } from '../../src/tokens/token-kind.js';
import { needsReauthorization, tokenEnds, tokenStateAt, tokenStates } from '../../src/tokens/token-state.js';
import { anAccount, insertAccounts, removeAccounts, seedAccounts } from '../support/accounts.js';
import { listPage } from '../support/listing.js';
import { openAt } from '../support/databases.js';
import { createTestApp } from '../support/test-app.js';

test('For any token at any time, the filters find it in the state that its own status says.', async () => {
  await using moca = await createTestApp();
  await using database = await openAt(moca.databaseUrl);
  const base = new Date('2026-11-22T00:00:00Z');
  const facts = fc.record({
    tokenKind: fc.constantFrom(...tokenKinds),
    tokenExpiry: fc.option(fc.integer({ min: -DAY, max: 20 * DAY }).map((ms) => plus(base, ms))),
    tokenEnd: fc.option(fc.constantFrom(...tokenEnds), { freq: 1 }),
  });
  const tokens = fc.array(facts, { minLength: 1, maxLength: 20 });
  // Where the clock stands: anywhere, or at a boundary of one of the tokens.
  const place = fc.record({
    token: fc.nat(),
    offsetMs: fc.oneof(
      fc.constantFrom(-1, 0, 1, -7 * DAY - 1, -7 * DAY, -7 * DAY + 1),
      fc.integer({ min: -10 * DAY, max: 10 * DAY }),
    ),
  });
  await fc.assert(
    fc.asyncProperty(tokens, place, async (all, { token, offsetMs }) => {
      const now = plus(all[token % all.length]?.tokenExpiry ?? base, offsetMs);
      moca.clock.set(now);
      const accounts = all.map((one, index) => anAccount({ ...one, accountId: `${index}` }));
      await removeAccounts(database, 'all');
      await insertAccounts(database, accounts);
      const found = new Map<string, string>();
      for (const state of tokenStates) {
        for (const { node } of (await listPage(moca.admin, { first: 100, filter: { state: [state] } }))
          .edges) {
          expect(found.has(node.accountId)).toBe(false);
          found.set(node.accountId, state);
          expect(node.tokenStatus).toMatchObject({
            state,
            needsReauthorization: needsReauthorization(state),
          });
        }
      }
      expect(found).toEqual(new Map(accounts.map((one) => [one.accountId, tokenStateAt(one, now)])));
    }),
    { numRuns: 60 },
  );
});

test('A token status counts whole seconds down to 0, and has none for a token that never expires.', async () => {
  await using moca = await createTestApp();
  const tokenExpiry = plus(moca.clock.now(), 10_500);
  const account = anAccount({ tokenKind: 'LONG_LIVED', tokenExpiry });
  const forever = anAccount();
  await seedAccounts(moca, [account, forever]);
  const status = async (accountId: string) =>
    (await moca.admin.send(InstagramAccountDocument, { accountId })).instagramAccount?.tokenStatus;
  expect(await status(account.accountId)).toMatchObject({
    expiresAt: tokenExpiry.toISOString(),
    expiresInSeconds: 10,
    state: 'EXPIRING_SOON',
  });
  moca.clock.advance(10_000);
  expect(await status(account.accountId)).toMatchObject({ expiresInSeconds: 0, state: 'EXPIRING_SOON' });
  moca.clock.advance(500);
  expect(await status(account.accountId)).toMatchObject({ expiresInSeconds: 0, state: 'EXPIRED' });
  moca.clock.advance(DAY);
  expect(await status(account.accountId)).toMatchObject({ expiresInSeconds: 0, state: 'EXPIRED' });
  expect(await status(forever.accountId)).toMatchObject({ expiresAt: null, expiresInSeconds: null });
});
