import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Environment } from '../../src/config.js';
import { CompleteInstagramAuthDocument, InstagramAccessTokenDocument } from '../../src/generated/graphql.js';
import { MINUTE } from '../../src/time.js';
import { createTestApp, testSecrets } from '../support/test-app.js';

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
