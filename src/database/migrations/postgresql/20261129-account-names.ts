import { Migration } from '@mikro-orm/migrations';

/** An index of the names by trigrams, and the names in the indexes that the list is walked along. */
export class AccountNames extends Migration {
  override name = '20261129-account-names';

  override up(): void | Promise<void> {
    this.addSql(`drop index "instagram_account_newest";`);
    this.addSql(
      `create index "instagram_account_newest" on "instagram_account" ("connected_at", "account_id", "account_name");`,
    );
    this.addSql(`drop index "instagram_account_expiry";`);
    this.addSql(
      `create index "instagram_account_expiry" on "instagram_account" ("expiry_order", "account_id", "account_name");`,
    );
    // Trusted: whoever may create in the database may make it.
    this.addSql(`create extension if not exists pg_trgm;`);
    this.addSql(
      `create index "instagram_account_trigrams" on "instagram_account" using gin (lower("account_name") gin_trgm_ops);`,
    );
  }
}
