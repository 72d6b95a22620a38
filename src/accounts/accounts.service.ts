import { LockMode, type EntityManager } from '@mikro-orm/core';
import { AppError } from '../errors.js';
import type { PageArguments } from '../pagination/page-request.js';
import type { Page } from '../pagination/to-page.js';
import { readOnce } from '../sql/compile-once.js';
import { unitOfWork } from '../sql/unit-of-work.js';
import type { WriteBatcher } from '../sql/write-batcher.js';
import { SECOND } from '../time.js';
import type { Breaker } from '../tokens/breaker.js';
import { RenewalBreakerState, type RenewalStatus } from '../tokens/renewal-status.type.js';
import type { TokenKind } from '../tokens/token-kind.js';
import { mapMaybePromise, type MaybePromise } from '../maybe-promise.js';
import { within } from '../within.js';
import type { InstagramAccountFilter } from './account-filter.input.js';
import { listEvents } from './account-history.js';
import { countAccounts, listAccounts, type ListArguments } from './account-list.js';
import { accountTables, type AccountTables, type ReportRow } from './account-table.js';
import { AccountView, toConnectionReport, viewColumns, type AccountViewRow } from './account-view.js';
import { deleteAccount, type DeleteOptions } from './delete-account.js';
import type { AccountEvent as AccountEventView } from './history.type.js';
import { disconnectAccount, type DisconnectOptions } from './disconnect-account.js';
import { InstagramAccount as StoredAccount } from './instagram-account.entity.js';
import type { ConnectionReport, InstagramAccount } from './instagram-account.type.js';
import { noSuchAccount } from './no-such-account.js';
import { readToken, type ReadTokenOptions } from './read-token.js';
import { countDue } from './renewal-work.js';
import type { InstagramAccountSettingsInput } from './settings.input.js';
import {
  requireShortSettings,
  settingsWriter,
  type ChangedSettings,
  type SettingsChange,
} from './update-settings.js';

/** How long a caller waits for what Meta says to a disconnect. */
const FAREWELL_WAIT_MS = 5 * SECOND;

export interface AccountsServiceOptions extends DisconnectOptions, DeleteOptions, ReadTokenOptions {
  readonly breaker: Breaker;
  /** Makes what was just deleted unreadable in the database's files, too. */
  readonly eraseDeleted: () => Promise<void>;
}

/** With what its report is made of: of one account it is asked for more often than not. */
const findAccount = readOnce<AccountTables, AccountViewRow & ReportRow, [accountId: string]>((accounts) =>
  accounts
    .selectFrom('instagram_account')
    .select([...viewColumns, 'flow', 'connection_steps'])
    .where('account_id', '=', ''),
);

/** What admins and services do with connected accounts. */
export class AccountsService {
  /** What Meta is being told of disconnected accounts. */
  readonly #farewells = new Set<Promise<void>>();

  /** For queries that go around the entities: none of them is ever in it. */
  readonly #reader: EntityManager;
  readonly #settings: WriteBatcher<SettingsChange, ChangedSettings>;

  constructor(private readonly options: AccountsServiceOptions) {
    this.#settings = settingsWriter(options.em);
    this.#reader = options.em();
  }

  /** The account as it is now; null when there is none. */
  find(accountId: string): MaybePromise<InstagramAccount | null> {
    return mapMaybePromise(findAccount(this.#reader, accountId), ([row]) =>
      row === undefined ? null : new AccountView(row, this.#now(), row),
    );
  }

  /** @throws AppError NOT_FOUND */
  async get(accountId: string): Promise<InstagramAccount> {
    const account = await this.find(accountId);
    if (account === null) throw noSuchAccount();
    return account;
  }

  /** @throws AppError BAD_USER_INPUT */
  list(list: ListArguments): MaybePromise<Page<InstagramAccount>> {
    return listAccounts(this.#reader, list, this.#now());
  }

  count(filter: InstagramAccountFilter | null): Promise<number> {
    return countAccounts(this.#reader, filter, this.#now());
  }

  /** @throws AppError BAD_USER_INPUT */
  history(accountId: string, page: PageArguments): Promise<Page<AccountEventView>> {
    return listEvents(this.options.em(), accountId, page);
  }

  /** How the tokens of these accounts came to be, in one read. */
  async connectionReports(accountIds: readonly string[]): Promise<Map<string, ConnectionReport>> {
    const rows = await accountTables(this.#reader)
      .selectFrom('instagram_account')
      .select(['account_id', 'flow', 'connection_steps'])
      .where('account_id', 'in', accountIds)
      .execute();
    return new Map(rows.map((row) => [row.account_id, toConnectionReport(row)]));
  }

  /** @throws AppError BAD_USER_INPUT, NOT_FOUND, CONFLICT */
  async updateSettings(
    accountId: string,
    settings: InstagramAccountSettingsInput,
    expectedVersion: number | null,
    actor: string,
  ): Promise<InstagramAccount> {
    const now = this.#now();
    requireShortSettings(settings);
    const changed = await this.#settings.add({ accountId, settings, expectedVersion, actor, now });
    if (changed instanceof AppError) throw changed;
    return new AccountView(changed, now);
  }

  /**
   * Renews the account's token now. A renewal that is under way is joined.
   *
   * @throws AppError NOT_FOUND, REAUTHORIZATION_REQUIRED, RATE_LIMITED, META_RATE_LIMITED, or what Meta said
   */
  async refresh(accountId: string, actor: string): Promise<InstagramAccount> {
    await this.options.refresher.refreshNow(accountId, actor);
    return this.get(accountId);
  }

  /**
   * Ends the connection, erases the token, and tells Meta as far as that works. Settings and history stay, for a
   * later reconnect.
   *
   * @throws AppError NOT_FOUND
   */
  async disconnect(accountId: string, actor: string): Promise<InstagramAccount> {
    const farewells = await disconnectAccount(this.options, accountId, actor);
    await this.options.eraseDeleted();
    for (const farewell of farewells) {
      const tracked = farewell.finally(() => this.#farewells.delete(tracked));
      this.#farewells.add(tracked);
      await within(this.options.clock, FAREWELL_WAIT_MS, tracked);
    }
    return this.get(accountId);
  }

  /**
   * Removes the account and all that is stored about it, but for one row that names nobody (`delete-account.ts`).
   *
   * @throws AppError NOT_FOUND
   */
  async delete(accountId: string, actor: string): Promise<void> {
    await unitOfWork(this.options.em(), async (transaction) => {
      const account = await transaction.findOne(
        StoredAccount,
        { accountId },
        { lockMode: LockMode.PESSIMISTIC_WRITE },
      );
      if (account === null) throw noSuchAccount();
      await deleteAccount(transaction, account, this.options, { actor, at: this.#now() });
    });
    await this.options.eraseDeleted();
  }

  /**
   * The token itself, for a service that acts for the account.
   *
   * @throws AppError NOT_FOUND, REAUTHORIZATION_REQUIRED
   */
  readToken(
    accountId: string,
    actor: string,
  ): Promise<{ accessToken: string; kind: TokenKind; expiresAt: Date | null }> {
    return readToken(this.options, accountId, actor);
  }

  /** How the renewal of all tokens is doing. */
  async renewalStatus(): Promise<RenewalStatus> {
    const { em, breaker, limits } = this.options;
    const now = this.#now();
    const [breakers, standing, due] = await Promise.all([
      breaker.states(),
      limits.list(now),
      countDue(em(), now),
    ]);
    return {
      breakers: breakers.map((one) => ({
        app: one.app,
        state: RenewalBreakerState[one.state],
        openedAt: one.state === 'CLOSED' ? null : one.openedAt,
        retryAt: one.state === 'CLOSED' ? null : one.retryAt,
      })),
      limits: standing.map(({ scope, blocks, until, reason }) => ({
        scope,
        until,
        reason,
        blocksAll: blocks === 'all',
      })),
      ...due,
    };
  }

  /** Resolves when what callers have begun has ended. */
  async settled(): Promise<void> {
    await Promise.all([this.options.refresher.settled(), Promise.allSettled(this.#farewells)]);
  }

  #now(): Date {
    return this.options.clock.now();
  }
}
