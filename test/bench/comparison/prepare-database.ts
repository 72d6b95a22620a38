import type { SqlEntityManager } from '@mikro-orm/sql';
import { sql, type Kysely } from 'kysely';
import type * as sealedTokenModule from '../../../src/accounts/sealed-token.js';
import type * as configModule from '../../../src/config.js';
import type * as databaseModule from '../../../src/database/database.js';
import type * as secretModule from '../../../src/secret.js';
import type * as cipherModule from '../../../src/tokens/cipher.js';
import type * as keyringModule from '../../../src/tokens/keyring.js';
import { load } from '../scale/built-code.ts';
import { seed } from '../scale/seed.ts';
import { environment } from './environment.ts';

const ACCOUNTS = 10_000;
/** How many of them are asked for, and changed. */
const ASKED = 64;
const MONTH_MS = 30 * 86_400_000;

/** Fills a new database as a server of two years would have; gives the ids of accounts to ask for. */
export async function prepareDatabase(databaseUrl: string): Promise<readonly string[]> {
  const { openDatabase } = await load<typeof databaseModule>('database/database.js');
  const { readConfig } = await load<typeof configModule>('config.js');
  const { secrets } = readConfig({ ...environment, DATABASE_URL: databaseUrl });
  await using database = await openDatabase(secrets.database, { poolSize: 1 });
  await database.migrate();
  const kysely = (database.em() as SqlEntityManager).getKysely<unknown>();
  const kind = databaseUrl.startsWith('sqlite:') ? 'sqlite' : 'postgresql';
  const now = new Date();
  await seed({ database: kysely, kind, accounts: ACCOUNTS, now });
  for (const statement of quiet(kind, now)) await sql.raw(statement).execute(kysely);
  await sealTokens(kysely, secrets);
  await sql.raw(kind === 'sqlite' ? 'analyze' : 'vacuum analyze').execute(kysely);
  const { rows } = await sql<{ account_id: string }>`
    select account_id from instagram_account order by account_name, account_id`.execute(kysely);
  return rows
    .filter((_, index) => index % Math.floor(ACCOUNTS / ASKED) === 0)
    .map(({ account_id: id }) => id);
}

/** Leaves nothing to be done beside the requests, and makes of each JSON what the server itself writes. */
function quiet(kind: 'sqlite' | 'postgresql', now: Date): readonly string[] {
  const cast = kind === 'sqlite' ? '' : '::jsonb';
  const at = now.getTime() + MONTH_MS;
  const later = kind === 'sqlite' ? String(at) : `to_timestamp(${at / 1_000})`;
  const steps = ['code_exchange', 'fb_exchange_token', 'page_token', 'profile'].map((step, index) => ({
    step,
    outcome: 'OK',
    problem: null,
    hint: null,
    detail: step === 'page_token' ? 'One Page is linked.' : null,
    durationMs: 180 + 10 * index,
  }));
  const problem = {
    code: 'REAUTHORIZATION_REQUIRED',
    message: 'The token is not valid.',
    userAction: 'Connect the account again.',
    metaCode: 190,
    metaSubcode: 460,
    fbtraceId: 'AbCdEfGhIjKlMnOpQrStUvW',
    at: now.toISOString(),
  };
  const checks = ['next_refresh_at', 'state_check_at', 'subscription_check_at'];
  return [
    `update instagram_account set connection_steps = '${JSON.stringify(steps)}'${cast},
       token_problem = case when token_problem is null then null else '${JSON.stringify(problem)}'${cast} end,
       ${checks.map((column) => `${column} = case when ${column} is null then null else ${later} end`).join(', ')}`,
    'delete from auth_attempt',
    'delete from webhook_event',
    'delete from notice',
  ];
}

/** Those that the server opens when it starts, to see that its keys are the database's. */
async function sealTokens(
  kysely: Kysely<unknown>,
  { encryptionKeys }: ReturnType<typeof configModule.readConfig>['secrets'],
): Promise<void> {
  const { sealAccountToken } = await load<typeof sealedTokenModule>('accounts/sealed-token.js');
  const { Secret } = await load<typeof secretModule>('secret.js');
  const { Cipher } = await load<typeof cipherModule>('tokens/cipher.js');
  const { Keyring } = await load<typeof keyringModule>('tokens/keyring.js');
  const cipher = new Cipher(new Keyring(encryptionKeys));
  for (const order of ['asc', 'desc']) {
    const { rows } = await sql<{ account_id: string }>`
      select account_id from instagram_account where access_token is not null
      order by connected_at ${sql.raw(order)} limit 1`.execute(kysely);
    for (const { account_id: id } of rows) {
      const token = sealAccountToken(cipher, id, new Secret('IGAA'.padEnd(180, 'x')));
      await sql`update instagram_account set access_token = ${token} where account_id = ${id}`.execute(
        kysely,
      );
    }
  }
}
