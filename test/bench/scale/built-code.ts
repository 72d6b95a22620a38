import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type * as cipher from '../../../src/tokens/cipher.js';
import type * as keyring from '../../../src/tokens/keyring.js';
import type { ServerCode } from './server-code.ts';

const BUILD = join(import.meta.dirname, '..', '..', '..', 'dist');

/** Node runs no decorators: the build is asked, and the sources say what is in it. */
export async function load<Module>(path: string): Promise<Module> {
  return (await import(join(BUILD, path))) as Module;
}

const modules = [
  'accounts/account-list.js',
  'accounts/account-view.js',
  'accounts/account-stats.js',
  'accounts/account-lease.js',
  'accounts/claim-subscriptions.js',
  'accounts/check-states.js',
  'accounts/renewal-work.js',
  'accounts/entry-accounts.js',
  'accounts/account-history.js',
  'oauth/attempt-list.js',
  'oauth/attempt-store.js',
  'delivery/outbox.js',
  'notices/notice-outbox.js',
  'sql/group-commit.js',
  'webhooks/event-list.js',
  'webhooks/event-store.js',
  'pagination/cursor.js',
];

export async function builtCode(): Promise<ServerCode> {
  const { Cipher } = await load<typeof cipher>('tokens/cipher.js');
  const { Keyring } = await load<typeof keyring>('tokens/keyring.js');
  const parts = await Promise.all(modules.map((path) => load<object>(path)));
  return Object.assign(
    { cipher: new Cipher(new Keyring([{ id: 'bench', bytes: randomBytes(32) }])) },
    ...parts,
  ) as ServerCode;
}
