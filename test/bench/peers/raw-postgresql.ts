// The limit on PostgreSQL: named statements, which each connection prepares once, and a change with its event in
// one statement, which is a transaction by itself.
import process from 'node:process';
import pg from 'pg';
import { openAuthorization } from './authorization.ts';
import { rawServer } from './raw-server.ts';
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

// As many connections as the server opens.
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 10 });
const authUrl = await openAuthorization();

/** Times as milliseconds, and JSON as it stands: what pg would make of them costs more. */
function columns(names: readonly string[]): string {
  return names
    .map((name) => {
      if (/_at$|^token_expiry$/.test(name)) return `(extract(epoch from ${name}) * 1000)::float8 as ${name}`;
      return /_problem$|scopes$|_steps$/.test(name) ? `${name}::text as ${name}` : name;
    })
    .join(', ');
}

const pageText = `select ${columns(PAGE_COLUMNS)} from instagram_account
  order by instagram_account.connected_at desc, account_id desc limit $1`;
const accountText = `select ${columns(ACCOUNT_COLUMNS)} from instagram_account where account_id = $1`;
const changeText = `with written as (
    update instagram_account set system_prompt = $2, tone_of_voice = $3,
      settings_version = settings_version + 1, updated_at = $4
    where account_id = $1 returning *
  ), event as (
    insert into account_event (account_id, at, type, actor, detail)
    select account_id, updated_at, 'settings_changed', $5, replace($6, '#', settings_version::text) from written
  )
  select ${columns(SETTINGS_COLUMNS)} from written`;

async function query<Row extends object>(name: string, text: string, values: unknown[]): Promise<Row[]> {
  return (await pool.query<Row>({ name, text, values })).rows;
}

rawServer(Number(process.env['PORT']), {
  AuthUrl: ({ challenge }: { challenge: string }) => ({ authUrl: authUrl(challenge, false) }),
  InstagramAccounts: async ({ first }: { first: number }) => ({
    instagramAccounts: toPage(await query<PageRow>('page', pageText, [first + 1]), first),
  }),
  InstagramAccount: async ({ accountId }: { accountId: string }) => {
    const [row] = await query<AccountRow>('account', accountText, [accountId]);
    return { instagramAccount: row === undefined ? null : toAccount(row) };
  },
  UpdateInstagramAccountSettings: async ({ accountId, settings }: SettingsChange) => {
    const values = [settings.systemPrompt, settings.toneOfVoice, new Date(), ACTOR, detailOf(settings, '#')];
    const [row] = await query<SettingsRow>('change', changeText, [accountId, ...values]);
    return { updateInstagramAccountSettings: row === undefined ? null : toChanged(row) };
  },
});
