import { Migration } from '@mikro-orm/migrations';

/** Accounts, their events, and the attempts to connect them. */
export class Initial extends Migration {
  override name = '20261122-initial';

  override up(): void | Promise<void> {
    this.addSql(
      `create table \`instagram_account\` (\`account_id\` text not null primary key, \`professional_account_id\` text null, \`app_scoped_id\` text null, \`grantor_id\` text null, \`account_name\` text not null, \`display_name\` text not null, \`profile_picture_url\` text null, \`page_id\` text null, \`flow\` text not null, \`token_kind\` text not null, \`access_token\` text null, \`token_issued_at\` datetime not null, \`token_expiry\` datetime null, \`expiry_order\` bigint not null, \`token_version\` integer not null, \`token_end\` text null, \`token_problem\` json null, \`last_refreshed_at\` datetime null, \`scopes\` json not null, \`missing_scopes\` json not null, \`connection_steps\` json not null, \`system_prompt\` text null, \`tone_of_voice\` text null, \`key_information\` text null, \`settings_version\` integer not null, \`connected_at\` datetime not null, \`updated_at\` datetime not null);`,
    );
    this.addSql(
      `create unique index \`instagram_account_professional\` on \`instagram_account\` (\`professional_account_id\`);`,
    );
    this.addSql(
      `create unique index \`instagram_account_app_scoped\` on \`instagram_account\` (\`app_scoped_id\`);`,
    );
    this.addSql(
      `create index \`instagram_account_newest\` on \`instagram_account\` (\`connected_at\`, \`account_id\`);`,
    );
    this.addSql(
      `create index \`instagram_account_name\` on \`instagram_account\` (\`account_name\`, \`account_id\`);`,
    );
    this.addSql(
      `create index \`instagram_account_expiry\` on \`instagram_account\` (\`expiry_order\`, \`account_id\`);`,
    );

    this.addSql(
      `create table \`auth_attempt\` (\`id\` text not null primary key, \`code_hash\` text not null, \`state_nonce\` text null, \`binding_hash\` text not null, \`flow\` text not null, \`redirect_uri\` text not null, \`actor\` text not null, \`professional_account_id\` text null, \`status\` text not null, \`sealed_code\` text null, \`sealed_token\` text null, \`account_id\` text null, \`steps\` json not null, \`error\` json null, \`lease_owner\` text null, \`lease_until\` datetime null, \`fence\` integer not null, \`unknown_sends\` integer not null, \`postponements\` integer not null, \`retry_at\` datetime null, \`open_until\` datetime not null, \`created_at\` datetime not null, \`updated_at\` datetime not null, \`ended_at\` datetime null, constraint \`auth_attempt_account_id_foreign\` foreign key (\`account_id\`) references \`instagram_account\` (\`account_id\`) on delete set null);`,
    );
    this.addSql(`create unique index \`auth_attempt_code\` on \`auth_attempt\` (\`code_hash\`);`);
    this.addSql(`create unique index \`auth_attempt_state\` on \`auth_attempt\` (\`state_nonce\`);`);
    this.addSql(`create index \`auth_attempt_account_id_index\` on \`auth_attempt\` (\`account_id\`);`);
    this.addSql(`create index \`auth_attempt_newest\` on \`auth_attempt\` (\`created_at\`, \`id\`);`);
    this.addSql(`create index \`auth_attempt_open\` on \`auth_attempt\` (\`status\`, \`lease_until\`);`);

    this.addSql(
      `create table \`account_event\` (\`id\` integer not null primary key autoincrement, \`account_id\` text null, \`at\` datetime not null, \`type\` text not null, \`actor\` text not null, \`detail\` text null, \`subject_hash\` text null, constraint \`account_event_account_id_foreign\` foreign key (\`account_id\`) references \`instagram_account\` (\`account_id\`) on delete cascade);`,
    );
    this.addSql(`create index \`account_event_account_id_index\` on \`account_event\` (\`account_id\`);`);
    this.addSql(`create index \`account_event_history\` on \`account_event\` (\`account_id\`, \`id\`);`);
  }
}
