import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Environment } from '../../src/config.js';
import { CompleteInstagramAuthDocument, InstagramAccessTokenDocument } from '../../src/generated/graphql.js';
import { DAY, MINUTE } from '../../src/time.js';
import { accountOf } from '../support/outcome.js';
import { startReplica, type Replica } from '../support/replica.js';
import { createTestApp, testSecrets, type Callback } from '../support/test-app.js';

const root = join(import.meta.dirname, '..', '..');

/** `npm run keys:rotate`, without the build. */
async function rotateKeys(env: Environment): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(root, 'dist', 'rotate-keys.main.js')],
    {
      env: { ...env },
    },
  );
  return stdout;
}

test('After a rotation of the keys every token opens with the new key alone.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  await moca.connect('code-101');
  const before = await moca.service.send(InstagramAccessTokenDocument, { accountId });

  const newKey = `new:${randomBytes(32).toString('base64')}`;
  await moca.restart({}, { TOKEN_ENCRYPTION_KEYS: `${newKey},test:${testSecrets.ringKey}` });
  expect(await rotateKeys(moca.env)).toBe('Sealed again with the first key: 2 tokens, 0 open attempts.\n');
  expect(await rotateKeys(moca.env)).toBe('Sealed again with the first key: 0 tokens, 0 open attempts.\n');

  await moca.restart({}, { TOKEN_ENCRYPTION_KEYS: newKey });
  expect(await moca.service.send(InstagramAccessTokenDocument, { accountId })).toEqual(before);
});

test('An attempt that is open during a rotation of the keys goes on with the new key alone.', async () => {
  // The state was sealed with the old key, so the attempt is one without: it is about what is stored.
  await using moca = await createTestApp({ env: { WORKER: 'off' } });
  const { code } = await moca.consent('rate-limited');
  expect((await moca.visitor.fail(CompleteInstagramAuthDocument, { code })).extensions.code).toBe(
    'META_RATE_LIMITED',
  );

  const newKey = `new:${randomBytes(32).toString('base64')}`;
  await moca.restart({}, { TOKEN_ENCRYPTION_KEYS: `${newKey},test:${testSecrets.ringKey}` });
  expect(await rotateKeys(moca.env)).toBe('Sealed again with the first key: 0 tokens, 1 open attempts.\n');

  await moca.restart({}, { TOKEN_ENCRYPTION_KEYS: newKey });
  moca.clock.advance(20 * MINUTE);
  const { completeInstagramAuth } = await moca.visitor.send(CompleteInstagramAuthDocument, { code });
  expect(completeInstagramAuth.tokenStatus.kind).toBe('LONG_LIVED');
  expect(moca.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(1);
});

const oldKey = `test:${testSecrets.ringKey}`;

/** Completes at this server what was begun at another. */
async function complete({ visitor }: Replica, callback: Callback): Promise<string> {
  const { completeInstagramAuth } = await visitor.send(CompleteInstagramAuthDocument, callback);
  return completeInstagramAuth.accountId;
}

test('Keys rotate in two phases while servers restart one after the other: what one seals, all open.', async () => {
  await using moca = await createTestApp();
  const newKey = `new:${randomBytes(32).toString('base64')}`;
  const accountIds: string[] = [];
  for (const [phase, ring] of [`${oldKey},${newKey}`, `${newKey},${oldKey}`].entries()) {
    await using behind = await startReplica(moca);
    await moca.restart({}, { TOKEN_ENCRYPTION_KEYS: ring });
    const byAhead = await moca.connect(`page-token#${2 * phase + 1}`);
    const byBehind = await complete(behind, await moca.consent(`page-token#${2 * phase + 2}`));
    accountIds.push(byAhead.accountId, byBehind);
    for (const accountId of accountIds) {
      const [one, other] = await Promise.all(
        [moca, behind].map(({ service }) => service.send(InstagramAccessTokenDocument, { accountId })),
      );
      expect(one).toEqual(other);
    }
  }
  // Two were sealed by a server whose first key was the new one already.
  expect(await rotateKeys(moca.env)).toBe('Sealed again with the first key: 3 tokens, 0 open attempts.\n');
  await moca.restart({}, { TOKEN_ENCRYPTION_KEYS: newKey });
  for (const accountId of accountIds) {
    await expect(moca.service.send(InstagramAccessTokenDocument, { accountId })).resolves.toBeDefined();
  }
});

test('A renewal for which a server lacks the key is tried again in minutes, and works as soon as it is there.', async () => {
  await using moca = await createTestApp();
  const ring = `${oldKey},new:${randomBytes(32).toString('base64')}`;
  await using ahead = await startReplica({
    clock: moca.clock,
    env: { ...moca.env, TOKEN_ENCRYPTION_KEYS: ring.split(',').toReversed().join(',') },
  });
  const accountId = await complete(ahead, await moca.consent('page-token'));
  moca.clock.advance(8 * DAY);
  await moca.app.work();
  const { tokenStatus } = await accountOf(moca, accountId);
  expect(tokenStatus).toMatchObject({ state: 'ACTIVE', problem: { code: 'INTERNAL_SERVER_ERROR' } });
  const next = new Date(tokenStatus.nextRefreshAt ?? Number.NaN).getTime() - moca.clock.now().getTime();
  expect(next).toBeGreaterThan(MINUTE);
  expect(next).toBeLessThan(3 * MINUTE);

  await moca.restart({}, { TOKEN_ENCRYPTION_KEYS: ring });
  moca.clock.advance(3 * MINUTE);
  await moca.app.work();
  expect((await accountOf(moca, accountId)).tokenStatus).toMatchObject({ state: 'ACTIVE', problem: null });
});
