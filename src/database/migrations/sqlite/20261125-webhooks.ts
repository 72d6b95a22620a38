import { Migration } from '@mikro-orm/migrations';

/** What Meta sends: events, requests to delete, and each account's subscription. */
export class Webhooks extends Migration {
  override name = '20261125-webhooks';

  override up(): void | Promise<void> {
    this.addSql(
      `create table \`webhook_event\` (\`id\` integer not null primary key autoincrement, \`key\` text not null, \`account_id\` text null, \`entry_id\` text not null, \`object\` text not null, \`field\` text not null, \`is_echo\` integer not null, \`occurred_at\` datetime not null, \`received_at\` datetime not null, \`payload\` text not null, \`subject\` text not null, \`tries\` integer not null, \`retry_at\` datetime null, \`fence\` text null, \`lease_until\` datetime null, \`ended_at\` datetime null, constraint \`webhook_event_account_id_foreign\` foreign key (\`account_id\`) references \`instagram_account\` (\`account_id\`) on delete cascade);`,
    );
    this.addSql(`create unique index \`webhook_event_key\` on \`webhook_event\` (\`key\`);`);
    this.addSql(`create index \`webhook_event_account_id_index\` on \`webhook_event\` (\`account_id\`);`);
    this.addSql(`create index \`webhook_event_account\` on \`webhook_event\` (\`account_id\`, \`id\`);`);
    this.addSql(`create index \`webhook_event_entry\` on \`webhook_event\` (\`entry_id\`);`);
    this.addSql(`create index \`webhook_event_received\` on \`webhook_event\` (\`received_at\`);`);
    this.addSql(
      `create index \`webhook_event_open\` on \`webhook_event\` (\`ended_at\`, \`subject\`, \`id\`);`,
    );

    this.addSql(
      `create table \`webhook_feed\` (\`id\` text not null primary key, \`last_received_at\` datetime null, \`stored\` bigint not null, \`unknown_accounts\` bigint not null, \`repeated\` bigint not null, \`unreadable\` bigint not null, \`lost\` bigint not null);`,
    );
    this.addSql(`insert into \`webhook_feed\` values ('events', null, 0, 0, 0, 0, 0);`);

    this.addSql(
      `create table \`deletion_request\` (\`confirmation_code\` text not null primary key, \`request_hash\` text not null, \`requested_at\` datetime not null, \`completed_at\` datetime not null, \`accounts\` integer not null);`,
    );
    this.addSql(`create unique index \`deletion_request_hash\` on \`deletion_request\` (\`request_hash\`);`);

    this.addSql(`alter table \`instagram_account\` add column \`consented_at\` datetime null;`);
    this.addSql(`alter table \`instagram_account\` add column \`subscribed_at\` datetime null;`);
    this.addSql(`alter table \`instagram_account\` add column \`subscription_check_at\` datetime null;`);
    this.addSql(
      `alter table \`instagram_account\` add column \`subscription_failures\` integer not null default 0;`,
    );
    this.addSql(`alter table \`instagram_account\` add column \`subscription_problem\` json null;`);
    this.addSql(`create index \`instagram_account_page\` on \`instagram_account\` (\`page_id\`);`);
    this.addSql(
      `create index \`instagram_account_subscription\` on \`instagram_account\` (\`subscription_check_at\`);`,
    );

    // Accounts from before: their history knows when the person consented last, and living ones get subscribed.
    this.addSql(
      `update \`instagram_account\` set \`consented_at\` = coalesce((select max(\`at\`) from \`account_event\` where \`account_event\`.\`account_id\` = \`instagram_account\`.\`account_id\` and \`type\` in ('connected', 'reconnected', 'kept')), \`connected_at\`);`,
    );
    this.addSql(
      `update \`instagram_account\` set \`subscription_check_at\` = \`updated_at\` where \`token_end\` is null and \`access_token\` is not null;`,
    );
  }
}
