import { Migration } from '@mikro-orm/migrations';

/**
 * A full-text index of the names by trigrams, and the names in the indexes that the list is walked along.
 *
 * The names have a table of their own: SQLite may give the rows of `instagram_account`, whose key is a text, other
 * rowids when it vacuums, and a full-text index knows rows by nothing else. Triggers keep both in step. They have to
 * be made again by a later migration that makes `instagram_account` anew.
 */
export class AccountNames extends Migration {
  override name = '20261129-account-names';

  override up(): void | Promise<void> {
    this.addSql(`drop index \`instagram_account_newest\`;`);
    this.addSql(
      `create index \`instagram_account_newest\` on \`instagram_account\` (\`connected_at\`, \`account_id\`, \`account_name\`);`,
    );
    this.addSql(`drop index \`instagram_account_expiry\`;`);
    this.addSql(
      `create index \`instagram_account_expiry\` on \`instagram_account\` (\`expiry_order\`, \`account_id\`, \`account_name\`);`,
    );

    this.addSql(
      `create table account_name_text (id integer not null primary key, owner text not null unique, name text not null);`,
    );
    this.addSql(
      `create virtual table account_name_trigrams using fts5 (name, content = 'account_name_text', content_rowid = 'id', columnsize = 0, tokenize = 'trigram case_sensitive 1');`,
    );
    // Deleted is deleted: else what was indexed of a name would stay until the index tidies itself up.
    this.addSql(
      `insert into account_name_trigrams (account_name_trigrams, rank) values ('secure-delete', 1);`,
    );
    this.addSql(
      `insert into account_name_text (owner, name) select account_id, lower(account_name) from instagram_account;`,
    );
    this.addSql(`insert into account_name_trigrams (account_name_trigrams) values ('rebuild');`);

    this.addSql(`create trigger account_name_inserted after insert on instagram_account begin
  insert into account_name_text (owner, name) values (new.account_id, lower(new.account_name));
end;`);
    this
      .addSql(`create trigger account_name_updated after update of account_id, account_name on instagram_account
when new.account_id is not old.account_id or new.account_name is not old.account_name begin
  update account_name_text set owner = new.account_id, name = lower(new.account_name) where owner = old.account_id;
end;`);
    this.addSql(`create trigger account_name_deleted after delete on instagram_account begin
  delete from account_name_text where owner = old.account_id;
end;`);
    this.addSql(`create trigger account_name_text_inserted after insert on account_name_text begin
  insert into account_name_trigrams (rowid, name) values (new.id, new.name);
end;`);
    this.addSql(`create trigger account_name_text_updated after update of name on account_name_text begin
  insert into account_name_trigrams (account_name_trigrams, rowid, name) values ('delete', old.id, old.name);
  insert into account_name_trigrams (rowid, name) values (new.id, new.name);
end;`);
    this.addSql(`create trigger account_name_text_deleted after delete on account_name_text begin
  insert into account_name_trigrams (account_name_trigrams, rowid, name) values ('delete', old.id, old.name);
end;`);
  }
}
