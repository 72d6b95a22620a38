import { randomBytes, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { AppError } from '../../../src/errors.js';
import { AttemptStore, type NewAttempt } from '../../../src/oauth/attempt-store.js';
import { AuthAttempt } from '../../../src/oauth/auth-attempt.entity.js';
import { LEASE_MS, LeaseLostError, type ClaimedAttempt } from '../../../src/oauth/claimed-attempt.js';
import { Secret } from '../../../src/secret.js';
import { GroupCommit } from '../../../src/sql/group-commit.js';
import { HOUR, MINUTE, plus } from '../../../src/time.js';
import { Cipher } from '../../../src/tokens/cipher.js';
import { Keyring } from '../../../src/tokens/keyring.js';
import { createTestDatabase, openAt } from '../../support/databases.js';

const NOW = new Date('2026-11-22T12:00:00.000Z');
const TOKEN = { value: 'made up', userId: null, permissions: null, receivedAt: NOW.toISOString() };
const ERROR = new AppError('META_UNAVAILABLE', 'Away.');

/** Two runners by hand, on one database. */
async function createStores() {
  const stored = await createTestDatabase();
  const database = await openAt(stored.url);
  await database.migrate();
  const cipher = new Cipher(new Keyring([{ id: 'k1', bytes: randomBytes(32) }]));
  const row = async (id: string): Promise<AuthAttempt> =>
    database.em().findOneOrFail(AuthAttempt, { id }, { populate: ['sealedCode', 'sealedToken'] });
  return {
    database,
    one: new AttemptStore(database.em, cipher, 'one', new GroupCommit(database.em)),
    other: new AttemptStore(database.em, cipher, 'other', new GroupCommit(database.em)),
    row,
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]();
      await stored[Symbol.asyncDispose]();
    },
  };
}

function anAttempt(more: Partial<NewAttempt> = {}): NewAttempt {
  return {
    id: randomUUID(),
    code: new Secret('a made-up code'),
    codeHash: randomUUID(),
    stateNonce: randomUUID(),
    bindingHash: 'made up',
    flow: 'moca',
    redirectUri: 'https://moca.pages.dev/instagram-callback',
    actor: 'system',
    professionalAccountId: null,
    ...more,
  };
}

async function inserted(store: AttemptStore, attempt = anAttempt()): Promise<ClaimedAttempt> {
  const claim = await store.insert(attempt, NOW);
  if (typeof claim === 'string') throw new Error(claim);
  return claim;
}

test('Two attempts never share a code or a state, and it is told which of them was taken.', async () => {
  await using stores = await createStores();
  const first = anAttempt();
  await inserted(stores.one, first);
  const { codeHash, stateNonce } = first;
  expect(await stores.other.insert(anAttempt({ codeHash }), NOW)).toBe('code_taken');
  expect(await stores.other.insert(anAttempt({ stateNonce }), NOW)).toBe('state_taken');
  expect(await stores.other.insert(anAttempt({ codeHash, stateNonce }), NOW)).toBe('code_taken');
  // Bare codes have no state: any number of them.
  await inserted(stores.one, anAttempt({ stateNonce: null }));
  await inserted(stores.one, anAttempt({ stateNonce: null }));
});

test('An attempt is claimed by nobody else until its lease is over, and then by one alone.', async () => {
  await using stores = await createStores();
  const { attempt } = await inserted(stores.one);
  const end = plus(NOW, LEASE_MS);
  expect(await stores.other.claim(attempt.id, plus(end, -1))).toBeNull();
  expect(await stores.other.findDue(plus(end, -1), 10)).toEqual([]);
  expect(await stores.other.findDue(end, 10)).toMatchObject([{ id: attempt.id }]);
  const claims = await Promise.all(
    [stores.one, stores.other, stores.one, stores.other].map((store) => store.claim(attempt.id, end)),
  );
  expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
  expect(await stores.row(attempt.id)).toMatchObject({ fence: 2 });
});

test('An attempt that was put off is claimed by nobody before its time, though they saw it while it was due.', async () => {
  await using stores = await createStores();
  const claim = await inserted(stores.one);
  const { id } = claim.attempt;
  const retryAt = plus(NOW, 10 * MINUTE);
  await claim.release();
  expect(await stores.other.findDue(NOW, 10)).toMatchObject([{ id }]);
  const faster = await stores.one.claim(id, NOW);
  await faster?.postpone({ error: ERROR, steps: [], retryAt }, NOW);
  expect(await stores.other.claim(id, NOW)).toBeNull();
  expect(await stores.other.claim(id, plus(retryAt, -1))).toBeNull();
  expect(await stores.other.claim(id, retryAt)).not.toBeNull();
});

test('An attempt whose time is over is claimed at once, though it was put off for longer.', async () => {
  await using stores = await createStores();
  const claim = await inserted(stores.one);
  await claim.postpone({ error: ERROR, steps: [], retryAt: plus(NOW, 2 * HOUR) }, NOW);
  expect(await stores.other.claim(claim.attempt.id, plus(NOW, HOUR - 1))).toBeNull();
  expect(await stores.other.claim(claim.attempt.id, plus(NOW, HOUR))).not.toBeNull();
});

type Write = (claim: ClaimedAttempt) => Promise<unknown>;

const writes: ReadonlyArray<[string, Write]> = [
  ['renew the lease', (claim) => claim.renewLease(plus(NOW, HOUR))],
  ['mark the code as sent', (claim) => claim.markExchanging(1, NOW)],
  ['store a first token', (claim) => claim.markExchanged(TOKEN, [], NOW)],
  [
    'put the attempt off',
    (claim) => claim.postpone({ error: ERROR, steps: [], retryAt: plus(NOW, HOUR) }, NOW),
  ],
  ['fail the attempt', (claim) => claim.markFailed(ERROR, [], NOW)],
];

test.each(writes)('A runner whose lease went to another can no longer %s.', async (_what, write) => {
  await using stores = await createStores();
  const stale = await inserted(stores.one);
  const fresh = await stores.other.claim(stale.attempt.id, plus(NOW, LEASE_MS));
  const before = await stores.row(stale.attempt.id);
  await expect(write(stale)).rejects.toBeInstanceOf(LeaseLostError);
  expect(await stores.row(stale.attempt.id)).toEqual(before);
  if (fresh === null) throw new Error('The other runner has no claim.');
  await write(fresh);
  expect(await stores.row(stale.attempt.id)).not.toEqual(before);
});

test('A first token in hand takes the attempt back from whoever has it without one, and from nobody else.', async () => {
  await using stores = await createStores();
  const late = await inserted(stores.one);
  await late.markExchanging(0, NOW);
  const over = plus(NOW, LEASE_MS);
  const taking = await stores.other.claim(late.attempt.id, over);
  if (taking === null) throw new Error('The other runner has no claim.');
  await late.markExchanged(TOKEN, [], over);
  expect(await stores.row(late.attempt.id)).toMatchObject({
    status: 'exchanged',
    fence: 3,
    leaseOwner: 'one',
    leaseUntil: plus(over, LEASE_MS),
    sealedCode: null,
  });
  await expect(taking.markExchanged(TOKEN, [], over)).rejects.toBeInstanceOf(LeaseLostError);
  await expect(taking.markExchanging(1, over)).rejects.toBeInstanceOf(LeaseLostError);
  // The lease is its own again.
  await late.renewLease(over);
});

test.each(writes)('Nobody can %s once the attempt has ended.', async (_what, write) => {
  await using stores = await createStores();
  const claim = await inserted(stores.one);
  await claim.markFailed(ERROR, [], NOW);
  const before = await stores.row(claim.attempt.id);
  await expect(write(claim)).rejects.toBeInstanceOf(LeaseLostError);
  expect(await stores.row(claim.attempt.id)).toEqual(before);
  expect(before).toMatchObject({ sealedCode: null, sealedToken: null, leaseUntil: null });
});

test('A stale runner saves no account: its transaction fails as a whole.', async () => {
  await using stores = await createStores();
  const stale = await inserted(stores.one);
  await stores.other.claim(stale.attempt.id, plus(NOW, LEASE_MS));
  const before = await stores.row(stale.attempt.id);
  const saving = stores.database.em().transactional((em) => stale.markSaved(em, 'an account', [], NOW));
  await expect(saving).rejects.toBeInstanceOf(LeaseLostError);
  expect(await stores.row(stale.attempt.id)).toEqual(before);
});

test('A stale runner that lets go takes nothing away from the one that holds the attempt.', async () => {
  await using stores = await createStores();
  const stale = await inserted(stores.one);
  await stores.other.claim(stale.attempt.id, plus(NOW, LEASE_MS));
  const before = await stores.row(stale.attempt.id);
  await stale.release();
  expect(await stores.row(stale.attempt.id)).toEqual(before);
});

test('Whoever lets go before the code was sent leaves it as not sent.', async () => {
  await using stores = await createStores();
  const claim = await inserted(stores.one);
  await claim.markExchanging(0, NOW);
  await claim.release();
  expect(await stores.row(claim.attempt.id)).toMatchObject({
    status: 'new',
    unknownSends: 0,
    leaseUntil: null,
  });
  // Nobody needs to wait for the lease.
  expect(await stores.other.claim(claim.attempt.id, NOW)).not.toBeNull();
});

test('Whoever lets go after the first token came leaves it where it is.', async () => {
  await using stores = await createStores();
  const claim = await inserted(stores.one);
  await claim.markExchanging(0, NOW);
  await claim.markExchanged(TOKEN, [], NOW);
  await claim.release();
  expect(await stores.row(claim.attempt.id)).toMatchObject({ status: 'exchanged', sealedCode: null });
  const next = await stores.other.claim(claim.attempt.id, NOW);
  expect(await next?.readFirstToken()).toEqual(TOKEN);
});

test('Neither a code nor a token outlives its use.', async () => {
  await using stores = await createStores();
  const claim = await inserted(stores.one);
  const secretsOf = async (): Promise<unknown[]> => {
    const { sealedCode, sealedToken } = await stores.row(claim.attempt.id);
    return [sealedCode, sealedToken];
  };
  const sealed = expect.stringMatching(/^v1\.k1\./) as unknown;
  expect(await secretsOf()).toEqual([sealed, null]);
  await claim.markExchanged(TOKEN, [], NOW);
  expect(await secretsOf()).toEqual([null, sealed]);
  await claim.markFailed(ERROR, [], NOW);
  expect(await secretsOf()).toEqual([null, null]);
});

test('The code and the first token are sealed, each into its own row and column.', async () => {
  await using stores = await createStores();
  const claim = await inserted(stores.one);
  const { sealedCode } = await stores.row(claim.attempt.id);
  expect(sealedCode).toMatch(/^v1\.k1\./);
  expect(sealedCode).not.toContain('made-up');
  // Whoever has written it down still knows it.
  expect((await claim.readCode()).reveal()).toBe('a made-up code');
  const { attempt: neighbour } = await inserted(stores.one);
  await stores.database.em().nativeUpdate(AuthAttempt, { id: neighbour.id }, { sealedCode });
  const [heir, stranger] = await Promise.all(
    [claim.attempt, neighbour].map(({ id }) => stores.other.claim(id, plus(NOW, LEASE_MS))),
  );
  expect((await heir?.readCode())?.reveal()).toBe('a made-up code');
  await expect(stranger?.readCode()).rejects.toThrow('sealed');
});
