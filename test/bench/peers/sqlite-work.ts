import process from 'node:process';
import Database from 'better-sqlite3';
import { ACTOR, detailOf, type SettingsChange } from './settings-change.ts';
import {
  ACCOUNT_COLUMNS,
  PAGE_COLUMNS,
  SETTINGS_COLUMNS,
  toAccount,
  toChanged,
  toPage,
  type AccountRow,
  type PageRow,
  type SettingsRow,
} from './shapes.ts';

/** The cheapest way to the data: statements that are prepared once, each with no column more than is asked for. */
export function openWork() {
  const database = new Database(process.env['BENCH_DATABASE']);
  // As the server has it.
  for (const pragma of [
    'journal_mode = wal',
    'synchronous = full',
    'foreign_keys = on',
    'secure_delete = on',
  ]) {
    database.pragma(pragma);
  }
  const page = database.prepare<[number], PageRow>(
    `select ${PAGE_COLUMNS.join(', ')} from instagram_account order by connected_at desc, account_id desc limit ?`,
  );
  const account = database.prepare<[string], AccountRow>(
    `select ${ACCOUNT_COLUMNS.join(', ')} from instagram_account where account_id = ?`,
  );
  const update = database.prepare<[string | null, string | null, number, string], SettingsRow>(
    `update instagram_account set system_prompt = ?, tone_of_voice = ?,
       settings_version = settings_version + 1, updated_at = ?
     where account_id = ? returning ${SETTINGS_COLUMNS.join(', ')}`,
  );
  const event = database.prepare<[string, number, string, string]>(
    `insert into account_event (account_id, at, type, actor, detail) values (?, ?, 'settings_changed', ?, ?)`,
  );
  const change = database.transaction(({ accountId, settings }: SettingsChange, now: number) => {
    const written = update.get(settings.systemPrompt ?? null, settings.toneOfVoice ?? null, now, accountId);
    if (written === undefined) return null;
    event.run(accountId, now, ACTOR, detailOf(settings, written.settings_version));
    return written;
  });
  return {
    page: (size: number) => toPage(page.all(size + 1), size),
    account: (accountId: string) => {
      const row = account.get(accountId);
      return row === undefined ? null : toAccount(row);
    },
    /** Both rows in one transaction. */
    changeSettings: (settings: SettingsChange) => {
      const row = change.immediate(settings, Date.now());
      return row === null ? null : toChanged(row);
    },
  };
}
