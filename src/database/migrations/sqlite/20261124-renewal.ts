import { Migration } from '@mikro-orm/migrations';

/** When each token is to be renewed, who renews it, Meta's limits, the breaker, and notices to the operator. */
export class Renewal extends Migration {
  override name = '20261124-renewal';

  override up(): void | Promise<void> {
    this.addSql(
      `create table \`meta_limit\` (\`scope\` text not null, \`blocks\` text not null, \`until\` datetime not null, \`reason\` text not null, primary key (\`scope\`, \`blocks\`));`,
    );

    this.addSql(
      `create table \`notice\` (\`id\` integer not null primary key autoincrement, \`key\` text not null, \`subject\` text not null, \`body\` text not null, \`created_at\` datetime not null, \`tries\` integer not null, \`retry_at\` datetime null, \`fence\` text null, \`lease_until\` datetime null, \`ended_at\` datetime null);`,
    );
    this.addSql(`create unique index \`notice_key\` on \`notice\` (\`key\`);`);
    this.addSql(`create index \`notice_open\` on \`notice\` (\`ended_at\`, \`retry_at\`);`);
    this.addSql(`create index \`notice_subject\` on \`notice\` (\`subject\`, \`id\`);`);

    this.addSql(
      `create table \`renewal_breaker\` (\`app\` text not null primary key, \`opened_at\` datetime null, \`until\` datetime null, \`failed_probes\` integer not null, \`probe_until\` datetime null, \`closed_at\` datetime null);`,
    );

    this.addSql(`alter table \`instagram_account\` add column \`next_refresh_at\` datetime null;`);
    this.addSql(`alter table \`instagram_account\` add column \`state_check_at\` datetime null;`);
    this.addSql(
      `alter table \`instagram_account\` add column \`refresh_failures\` integer not null default 0;`,
    );
    this.addSql(`alter table \`instagram_account\` add column \`unknown_since\` datetime null;`);
    this.addSql(`alter table \`instagram_account\` add column \`last_tried_at\` datetime null;`);
    this.addSql(
      `alter table \`instagram_account\` add column \`last_try_failed\` integer not null default false;`,
    );
    this.addSql(`alter table \`instagram_account\` add column \`fence\` text null;`);
    this.addSql(`alter table \`instagram_account\` add column \`lease_until\` datetime null;`);
    this.addSql(`alter table \`instagram_account\` add column \`incident\` text null;`);
    this.addSql(`create index \`instagram_account_due\` on \`instagram_account\` (\`next_refresh_at\`);`);
    this.addSql(
      `create index \`instagram_account_state_check\` on \`instagram_account\` (\`state_check_at\`);`,
    );
    this.addSql(`create index \`instagram_account_tried\` on \`instagram_account\` (\`last_tried_at\`);`);
    this.addSql(`create index \`instagram_account_grantor\` on \`instagram_account\` (\`grantor_id\`);`);

    this.addSql(`alter table \`account_event\` add column \`once_key\` text null;`);
    this.addSql(`create index \`account_event_at\` on \`account_event\` (\`at\`);`);
    this.addSql(
      `create unique index \`account_event_once\` on \`account_event\` (\`account_id\`, \`once_key\`);`,
    );

    // Accounts from before have a schedule, too; its jitter comes with their first renewal.
    this.addSql(
      `update \`instagram_account\` set \`next_refresh_at\` = case \`token_kind\` when 'PAGE' then \`updated_at\` + 604800000 when 'LONG_LIVED' then max(\`token_issued_at\` + 86400000, (\`token_issued_at\` + \`expiry_order\`) / 2) else \`token_issued_at\` + 60000 end, \`state_check_at\` = case \`token_kind\` when 'LONG_LIVED' then \`token_expiry\` - 604800000 else \`token_expiry\` end where \`token_end\` is null and \`access_token\` is not null;`,
    );
  }
}
