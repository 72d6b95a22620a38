import { Migration } from '@mikro-orm/migrations';

/** Indexes by which the list's filters, and what has ended, are found in their order. */
export class AccountRanges extends Migration {
  override name = '20261127-account-ranges';

  override up(): void | Promise<void> {
    this.addSql(`drop index "instagram_account_states";`);
    this.addSql(
      `create index "instagram_account_states" on "instagram_account" ("token_end", "token_kind", "expiry_order", "account_id", "connected_at", "account_name");`,
    );
    this.addSql(`create index "auth_attempt_ended" on "auth_attempt" ("ended_at");`);
  }
}
