import { Migration } from '@mikro-orm/migrations';

/** An index by which accounts are counted by state without reading them. */
export class AccountStates extends Migration {
  override name = '20261126-account-states';

  override up(): void | Promise<void> {
    this.addSql(
      `create index \`instagram_account_states\` on \`instagram_account\` (\`token_end\`, \`token_kind\`, \`expiry_order\`);`,
    );
  }
}
