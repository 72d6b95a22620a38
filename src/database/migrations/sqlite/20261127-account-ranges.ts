import { Migration } from '@mikro-orm/migrations';

/** Indexes that answer the list's filters, and what a breaker asks, without a look at the accounts. */
export class AccountRanges extends Migration {
  override name = '20261127-account-ranges';

  override up(): void | Promise<void> {
    this.addSql(`drop index \`instagram_account_states\`;`);
    this.addSql(
      `create index \`instagram_account_states\` on \`instagram_account\` (\`token_end\`, \`token_kind\`, \`expiry_order\`, \`account_id\`, \`connected_at\`, \`account_name\`);`,
    );
    this.addSql(`drop index \`instagram_account_tried\`;`);
    this.addSql(
      `create index \`instagram_account_tried\` on \`instagram_account\` (\`last_tried_at\`, \`token_kind\`, \`last_try_failed\`, \`account_id\`);`,
    );
    this.addSql(`create index \`auth_attempt_ended\` on \`auth_attempt\` (\`ended_at\`);`);
  }
}
