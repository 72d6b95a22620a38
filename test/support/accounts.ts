import { randomInt } from 'node:crypto';
import type { RequiredEntityData } from '@mikro-orm/core';
import { AccountEvent } from '../../src/accounts/account-event.entity.js';
import { InstagramAccount } from '../../src/accounts/instagram-account.entity.js';
import { expiryOrder } from '../../src/accounts/token-columns.js';
import type { Database } from '../../src/database/database.js';
import type { TokenKind } from '../../src/tokens/token-kind.js';
import type { TokenEnd } from '../../src/tokens/token-state.js';
import { openAt } from './databases.js';
import type { TestApp } from './test-app.js';

/** What a test says of an account that it puts into the database; all else is unremarkable. */
export interface AccountFacts {
  readonly accountId: string;
  readonly accountName: string;
  readonly tokenKind: TokenKind;
  /** Null for a token that never expires. */
  readonly tokenExpiry: Date | null;
  readonly tokenEnd: TokenEnd | null;
  readonly connectedAt: Date;
}

/** An active account with a page token, but for what the test says. */
export function anAccount(facts: Partial<AccountFacts> = {}): AccountFacts {
  const accountId = `17841${randomInt(1e12, 1e13)}`;
  return {
    accountId,
    accountName: `shop_${accountId}`,
    tokenKind: 'PAGE',
    tokenExpiry: null,
    tokenEnd: null,
    connectedAt: new Date('2026-11-01T12:00:00Z'),
    ...facts,
  };
}

/**
 * Puts accounts into the app's database, as its own entities: connecting thousands through the sandbox would
 * take minutes. They have no token that could be opened.
 */
export async function seedAccounts(moca: TestApp, accounts: readonly AccountFacts[]): Promise<void> {
  await using database = await openAt(moca.databaseUrl);
  await insertAccounts(database, accounts);
}

export async function insertAccounts(database: Database, accounts: readonly AccountFacts[]): Promise<void> {
  if (accounts.length > 0) await database.em().insertMany(InstagramAccount, accounts.map(toRow));
}

export async function removeAccounts(
  database: Database,
  accountIds: readonly string[] | 'all',
): Promise<void> {
  const where = accountIds === 'all' ? {} : { accountId: { $in: [...accountIds] } };
  await database.em().nativeDelete(InstagramAccount, where);
}

/** Puts `count` events into an account's history, `event 1` first. */
export async function seedEvents(moca: TestApp, accountId: string, count: number): Promise<void> {
  await using database = await openAt(moca.databaseUrl);
  const at = moca.clock.now();
  const event = (number: number): RequiredEntityData<AccountEvent> => ({
    account: accountId,
    at,
    type: 'renewed',
    actor: 'system',
    detail: `event ${number}`,
  });
  await database.em().insertMany(
    AccountEvent,
    Array.from({ length: count }, (_, index) => event(index + 1)),
  );
}

function toRow(facts: AccountFacts): RequiredEntityData<InstagramAccount> {
  return {
    ...facts,
    displayName: facts.accountName,
    flow: 'moca',
    tokenIssuedAt: facts.connectedAt,
    expiryOrder: expiryOrder(facts.tokenExpiry),
    tokenVersion: 1,
    scopes: [],
    missingScopes: [],
    connectionSteps: [],
    settingsVersion: 1,
    updatedAt: facts.connectedAt,
  };
}
