import { Migration } from '@mikro-orm/migrations';

/** Everything that there was when PostgreSQL came. */
export class Initial extends Migration {
  override name = '20261125-initial';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "deletion_request" ("confirmation_code" text collate "C" not null, "request_hash" text collate "C" not null, "requested_at" timestamptz(3) not null, "completed_at" timestamptz(3) not null, "accounts" int not null, primary key ("confirmation_code"));`,
    );
    this.addSql(
      `alter table "deletion_request" add constraint "deletion_request_hash" unique ("request_hash");`,
    );

    this.addSql(
      `create table "instagram_account" ("account_id" text collate "C" not null, "professional_account_id" text collate "C" null, "app_scoped_id" text collate "C" null, "grantor_id" text collate "C" null, "consented_at" timestamptz(3) null, "account_name" text collate "C" not null, "display_name" text collate "C" not null, "profile_picture_url" text collate "C" null, "page_id" text collate "C" null, "flow" text collate "C" not null, "token_kind" text collate "C" not null, "access_token" text collate "C" null, "token_issued_at" timestamptz(3) not null, "token_expiry" timestamptz(3) null, "expiry_order" bigint not null, "token_version" int not null, "token_end" text collate "C" null, "token_problem" jsonb null, "last_refreshed_at" timestamptz(3) null, "next_refresh_at" timestamptz(3) null, "state_check_at" timestamptz(3) null, "refresh_failures" int not null default 0, "unknown_since" timestamptz(3) null, "last_tried_at" timestamptz(3) null, "last_try_failed" boolean not null default false, "fence" text collate "C" null, "lease_until" timestamptz(3) null, "incident" text collate "C" null, "subscribed_at" timestamptz(3) null, "subscription_check_at" timestamptz(3) null, "subscription_failures" int not null default 0, "subscription_problem" jsonb null, "scopes" jsonb not null, "missing_scopes" jsonb not null, "connection_steps" jsonb not null, "system_prompt" text collate "C" null, "tone_of_voice" text collate "C" null, "key_information" text collate "C" null, "settings_version" int not null, "connected_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, primary key ("account_id"));`,
    );
    this.addSql(
      `alter table "instagram_account" add constraint "instagram_account_professional" unique ("professional_account_id");`,
    );
    this.addSql(
      `alter table "instagram_account" add constraint "instagram_account_app_scoped" unique ("app_scoped_id");`,
    );
    this.addSql(
      `create index "instagram_account_newest" on "instagram_account" ("connected_at", "account_id");`,
    );
    this.addSql(
      `create index "instagram_account_name" on "instagram_account" ("account_name", "account_id");`,
    );
    this.addSql(
      `create index "instagram_account_expiry" on "instagram_account" ("expiry_order", "account_id");`,
    );
    this.addSql(
      `create index "instagram_account_states" on "instagram_account" ("token_end", "token_kind", "expiry_order");`,
    );
    this.addSql(`create index "instagram_account_due" on "instagram_account" ("next_refresh_at");`);
    this.addSql(`create index "instagram_account_state_check" on "instagram_account" ("state_check_at");`);
    this.addSql(`create index "instagram_account_tried" on "instagram_account" ("last_tried_at");`);
    this.addSql(`create index "instagram_account_grantor" on "instagram_account" ("grantor_id");`);
    this.addSql(`create index "instagram_account_page" on "instagram_account" ("page_id");`);
    this.addSql(
      `create index "instagram_account_subscription" on "instagram_account" ("subscription_check_at");`,
    );

    this.addSql(
      `create table "auth_attempt" ("id" text collate "C" not null, "code_hash" text collate "C" not null, "state_nonce" text collate "C" null, "binding_hash" text collate "C" not null, "flow" text collate "C" not null, "redirect_uri" text collate "C" not null, "actor" text collate "C" not null, "professional_account_id" text collate "C" null, "status" text collate "C" not null, "sealed_code" text collate "C" null, "sealed_token" text collate "C" null, "account_id" text collate "C" null, "steps" jsonb not null, "error" jsonb null, "lease_owner" text collate "C" null, "lease_until" timestamptz(3) null, "fence" int not null, "unknown_sends" int not null, "postponements" int not null, "retry_at" timestamptz(3) null, "open_until" timestamptz(3) not null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "ended_at" timestamptz(3) null, primary key ("id"));`,
    );
    this.addSql(`alter table "auth_attempt" add constraint "auth_attempt_code" unique ("code_hash");`);
    this.addSql(`alter table "auth_attempt" add constraint "auth_attempt_state" unique ("state_nonce");`);
    this.addSql(`create index "auth_attempt_account_id_index" on "auth_attempt" ("account_id");`);
    this.addSql(`create index "auth_attempt_newest" on "auth_attempt" ("created_at", "id");`);
    this.addSql(`create index "auth_attempt_open" on "auth_attempt" ("status", "lease_until");`);

    this.addSql(
      `create table "account_event" ("id" bigserial primary key, "account_id" text collate "C" null, "at" timestamptz(3) not null, "type" text collate "C" not null, "actor" text collate "C" not null, "detail" text collate "C" null, "subject_hash" text collate "C" null, "once_key" text collate "C" null);`,
    );
    this.addSql(`create index "account_event_history" on "account_event" ("account_id", "id");`);
    this.addSql(`create index "account_event_at" on "account_event" ("at");`);
    this.addSql(
      `alter table "account_event" add constraint "account_event_once" unique ("account_id", "once_key");`,
    );

    this.addSql(
      `create table "meta_limit" ("scope" text collate "C" not null, "blocks" text collate "C" not null, "until" timestamptz(3) not null, "reason" text collate "C" not null, primary key ("scope", "blocks"));`,
    );

    this.addSql(
      `create table "notice" ("id" bigserial primary key, "key" text collate "C" not null, "body" text collate "C" not null, "created_at" timestamptz(3) not null, "subject" text collate "C" not null, "tries" int not null, "retry_at" timestamptz(3) null, "fence" text collate "C" null, "lease_until" timestamptz(3) null, "ended_at" timestamptz(3) null);`,
    );
    this.addSql(`alter table "notice" add constraint "notice_key" unique ("key");`);
    this.addSql(`create index "notice_open" on "notice" ("ended_at", "retry_at");`);
    this.addSql(`create index "notice_subject" on "notice" ("subject", "id");`);

    this.addSql(
      `create table "renewal_breaker" ("app" text collate "C" not null, "opened_at" timestamptz(3) null, "until" timestamptz(3) null, "failed_probes" int not null, "probe_until" timestamptz(3) null, "closed_at" timestamptz(3) null, primary key ("app"));`,
    );

    this.addSql(
      `create table "webhook_event" ("id" bigserial primary key, "key" text collate "C" not null, "account_id" text collate "C" null, "entry_id" text collate "C" not null, "object" text collate "C" not null, "field" text collate "C" not null, "is_echo" boolean not null, "occurred_at" timestamptz(3) not null, "received_at" timestamptz(3) not null, "payload" text collate "C" not null, "subject" text collate "C" not null, "tries" int not null, "retry_at" timestamptz(3) null, "fence" text collate "C" null, "lease_until" timestamptz(3) null, "ended_at" timestamptz(3) null);`,
    );
    this.addSql(`alter table "webhook_event" add constraint "webhook_event_key" unique ("key");`);
    this.addSql(`create index "webhook_event_account" on "webhook_event" ("account_id", "id");`);
    this.addSql(`create index "webhook_event_entry" on "webhook_event" ("entry_id");`);
    this.addSql(`create index "webhook_event_received" on "webhook_event" ("received_at");`);
    this.addSql(`create index "webhook_event_open" on "webhook_event" ("ended_at", "subject", "id");`);

    this.addSql(
      `create table "webhook_feed" ("id" text collate "C" not null, "last_received_at" timestamptz(3) null, "stored" bigint not null, "unknown_accounts" bigint not null, "repeated" bigint not null, "unreadable" bigint not null, "lost" bigint not null, primary key ("id"));`,
    );

    this.addSql(
      `alter table "auth_attempt" add constraint "auth_attempt_account_id_foreign" foreign key ("account_id") references "instagram_account" ("account_id") on delete set null;`,
    );

    this.addSql(
      `alter table "account_event" add constraint "account_event_account_id_foreign" foreign key ("account_id") references "instagram_account" ("account_id") on delete cascade;`,
    );

    this.addSql(
      `alter table "webhook_event" add constraint "webhook_event_account_id_foreign" foreign key ("account_id") references "instagram_account" ("account_id") on delete cascade;`,
    );

    // The one row that counts what Meta sends.
    this.addSql(`insert into "webhook_feed" values ('events', null, 0, 0, 0, 0, 0);`);
  }
}
