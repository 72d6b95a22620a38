import { sql, type Kysely } from 'kysely';

/** How many rows one statement makes, and one transaction holds. */
const ROWS_AT_ONCE = 100_000;

/** How many events each account has. */
const EVENTS_EACH = 3;

const DAY = 86_400_000;
const WEEK = 7 * DAY;

/** What usernames are made of: three of these, and what a shop calls itself. */
const SYLLABLES =
  'kab eli mor uta siv eno dap ifu goh ale jun ori kes ato maw izy xab erl inc asd elf iog uzh otj usk lam anp est'.split(
    ' ',
  );
const TRADES = 'bakery studio flower outlet yogaby coffee guitar prints sketch beauty tattoo jewels'.split(
  ' ',
);

/** What the two databases have different words for. */
interface Words {
  /** The numbers `from` to `to` as rows of `n (i)`. */
  readonly numbers: (from: number, to: number) => string;
  /** A column's time, of an expression in milliseconds since 1970. */
  readonly time: (milliseconds: string) => string;
  /** `length` characters that say nothing. */
  readonly filler: (length: number) => string;
  /** Gives every index that is no constraint. */
  readonly indexes: string;
  /** Gives every trigger. */
  readonly triggers: string;
  /** What triggers do for each account, for all of them. */
  readonly names: readonly string[];
  readonly json: string;
  readonly yes: string;
  readonly no: string;
}

const sqliteWords: Words = {
  numbers: (from, to) => `n (i) as (select ${from} union all select i + 1 from n where i < ${to})`,
  time: (milliseconds) => milliseconds,
  filler: (length) => `hex(randomblob(${length / 2}))`,
  indexes: "select name, sql as definition from sqlite_schema where type = 'index' and sql is not null",
  triggers: "select name, sql as definition from sqlite_schema where type = 'trigger'",
  names: [
    'insert into account_name_text (owner, name) select account_id, lower(account_name) from instagram_account',
    "insert into account_name_trigrams (account_name_trigrams) values ('rebuild')",
  ],
  json: '',
  yes: '1',
  no: '0',
};

const postgresqlWords: Words = {
  numbers: (from, to) => `n (i) as (select generate_series(${from}::bigint, ${to}))`,
  time: (milliseconds) => `to_timestamp((${milliseconds}) / 1000.0)`,
  filler: (length) => `rpad(md5(i::text), ${length}, md5((-i)::text))`,
  indexes: `select indexname as name, indexdef as definition from pg_indexes where schemaname = 'public'
    and indexname not in (select conname from pg_constraint)`,
  // Its index of names is one like all others.
  triggers: "select '' as name, '' as definition where false",
  names: [],
  json: '::jsonb',
  yes: 'true',
  no: 'false',
};

export interface Seeding {
  readonly database: Kysely<unknown>;
  readonly kind: 'sqlite' | 'postgresql';
  readonly accounts: number;
  readonly now: Date;
}

/**
 * Fills an empty database with accounts in the proportions of a server that has run for two years: half of them
 * with page tokens, a tenth ended, expiries spread over 60 days, half a percent due now; with three events each,
 * and webhook events, attempts and notices in a tenth of their number. All of it is made by arithmetic on the
 * row's number, in the database itself, so that two databases hold the same.
 *
 * Their tokens open with no key.
 */
export async function seed({ database, kind, accounts, now }: Seeding): Promise<void> {
  const words = kind === 'sqlite' ? sqliteWords : postgresqlWords;
  const time = now.getTime();
  const run = (statement: string): Promise<unknown> => sql.raw(statement).execute(database);
  const defined = async (query: string) =>
    (await sql.raw<{ name: string; definition: string }>(query).execute(database)).rows;
  const [indexes, triggers] = [await defined(words.indexes), await defined(words.triggers)];
  for (const { name } of indexes) await run(`drop index ${name}`);
  for (const { name } of triggers) await run(`drop trigger ${name}`);
  for (let from = 1; from <= accounts; from += ROWS_AT_ONCE) {
    await run(accountRows(words, from, Math.min(accounts, from + ROWS_AT_ONCE - 1), accounts, time));
  }
  for (let number = 0; number < EVENTS_EACH; number += 1) await run(eventRows(words, number, time));
  const tenth = Math.max(1, Math.floor(accounts / 10));
  await run(attemptRows(words, tenth, time));
  await run(webhookEventRows(words, tenth, time));
  await run(noticeRows(words, tenth, time));
  // All rows at once are sorted into an index many times faster than each by itself.
  for (const { definition } of indexes) await run(definition);
  for (const statement of words.names) await run(statement);
  for (const { definition } of triggers) await run(definition);
}

/** A number below `size` that looks as if it came by chance: the same for the same row and `salt`. */
function chance(salt: number, size: number): string {
  return `(i * ${salt} % 2147483647 % ${size})`;
}

/** Columns, or facts that columns are made of, with their expressions. */
type Expressions = Readonly<Record<string, string>>;

/** One statement. The steps are facts about a row that later steps and the columns build upon. */
function insert(table: string, numbers: string, steps: readonly Expressions[], columns: Expressions): string {
  const facts = steps.map((step, index) => {
    const named = Object.entries(step).map(([name, expression]) => `${expression} as ${name}`);
    return `f${index} as (select *, ${named.join(', ')} from ${index === 0 ? 'n' : `f${index - 1}`})`;
  });
  return `with recursive ${[numbers, ...facts].join(', ')}
    insert into ${table} (${Object.keys(columns).join(', ')})
    select ${Object.values(columns).join(', ')} from ${steps.length === 0 ? 'n' : `f${steps.length - 1}`}`;
}

/** Of the account with the number `i`: twelve digits that do not rise with it, and are no other one's. */
const DIGITS = '(400000000000 + i * 2654435761 % 99999999977)';

function accountRows(words: Words, from: number, to: number, count: number, now: number): string {
  const { time, filler, json, yes, no } = words;
  const oneOf = (texts: readonly string[], salt: number): string =>
    `substr('${texts.join('')}', cast(1 + ${texts[0]?.length} * ${chance(salt, texts.length)} as int), ${texts[0]?.length})`;
  const due = chance(668265263, 200);
  const lives = 'token_end is null';
  const ofThoseThatLive = (expression: string): string => `case when ${lives} then ${expression} end`;
  const steps: Expressions[] = [
    {
      kind: `case when ${chance(374761393, 1000)} < 500 then 'PAGE'
                  when ${chance(374761393, 1000)} < 990 then 'LONG_LIVED' else 'SHORT_LIVED' end`,
      fate: chance(2246822519, 1000),
      // One after the other, as their rows are.
      connected: `${now} - (${count} - i) * ${Math.floor((730 * DAY) / count)}`,
      share: chance(1540483477, 1_000_003),
      name: [
        ...[1013904223, 1812433253, 22695477].map((salt) => oneOf(SYLLABLES, salt)),
        `'_'`,
        oneOf(TRADES, 1597334677),
        chance(69069, 100),
      ].join(' || '),
    },
    {
      token_end: `case when fate < 40 then 'DISCONNECTED' when fate < 70 then 'REVOKED' when fate < 100 then 'EXPIRED'
                       when kind = 'SHORT_LIVED' and fate < 900 then 'EXPIRED' end`,
    },
    {
      expiry: `case kind when 'LONG_LIVED' then case
                      when not ${lives} then ${now} - share * 34560
                      when ${chance(40503, 1000)} = 0 then ${now} - share / 1000
                      else ${now} + share * 5184 end
                    when 'SHORT_LIVED' then case when ${lives} then ${now} + share * 7 else connected + 7200000 end end`,
    },
    {
      problem: `case when fate < 100 then '{"code":"REAUTHORIZATION_REQUIRED","message":"The token is not valid."}' end`,
    },
  ];
  return insert('instagram_account', words.numbers(from, to), steps, {
    account_id: `'17841' || ${DIGITS}`,
    professional_account_id: `'17841' || ${DIGITS}`,
    app_scoped_id: `case when kind <> 'PAGE' then '25841' || ${DIGITS} end`,
    grantor_id: `'10841' || ${DIGITS}`,
    page_id: `case when kind = 'PAGE' then '61841' || ${DIGITS} end`,
    consented_at: time('connected'),
    account_name: 'name',
    display_name: 'name',
    profile_picture_url: `'https://scontent.cdninstagram.com/v/t51.2885-19/' || ${filler(200)}`,
    flow: `case when kind = 'PAGE' then 'moca' else 'instagram' end`,
    token_kind: 'kind',
    access_token: `case when token_end is null or token_end <> 'DISCONNECTED' then 'v1.k1.' || ${filler(300)} end`,
    token_issued_at: time('connected'),
    token_expiry: time('expiry'),
    expiry_order: 'coalesce(expiry, 8640000000000000)',
    token_version: '1',
    token_end: 'token_end',
    token_problem: `problem${json}`,
    last_refreshed_at: time('connected'),
    next_refresh_at: time(
      ofThoseThatLive(`case when ${due} = 0 then ${now} - share * 3
                            when kind = 'PAGE' then ${now} + share * 604
                            when kind = 'LONG_LIVED' then ${now} + share * 2592
                            else ${now} + share end`),
    ),
    state_check_at: time(
      ofThoseThatLive(
        `case when kind = 'LONG_LIVED' and expiry - ${WEEK} > ${now} then expiry - ${WEEK} else expiry end`,
      ),
    ),
    last_tried_at: time(ofThoseThatLive(`${now} - share * 604`)),
    last_try_failed: `case when ${chance(40503, 97)} = 0 then ${yes} else ${no} end`,
    subscribed_at: time(ofThoseThatLive('connected')),
    subscription_check_at: time(
      ofThoseThatLive(`case when ${due} = 1 then ${now} - share else ${now} + share * 86 end`),
    ),
    scopes: `'["instagram_business_basic","instagram_business_manage_messages","instagram_business_manage_comments"]'${json}`,
    missing_scopes: `'[]'${json}`,
    connection_steps: `'[{"step":"code_exchange","outcome":"OK","at":"2026-01-01T00:00:00.000Z"},{"step":"fb_exchange_token","outcome":"OK","at":"2026-01-01T00:00:00.000Z"},{"step":"page_token","outcome":"OK","at":"2026-01-01T00:00:00.000Z"},{"step":"profile","outcome":"OK","at":"2026-01-01T00:00:00.000Z"}]'${json}`,
    system_prompt: `case when share % 3 = 0 then ${filler(400)} end`,
    tone_of_voice: `case when share % 3 = 0 then 'Warm and short.' end`,
    settings_version: '1',
    connected_at: time('connected'),
    updated_at: time('connected'),
  });
}

/** The `number`-th event of every account. */
function eventRows({ time }: Words, number: number, now: number): string {
  return `insert into account_event (account_id, at, type, actor, detail)
    select account_id, ${time(`${now} - ${(EVENTS_EACH - number) * 30 * DAY}`)},
      '${number === 0 ? 'connected' : 'renewed'}', 'system', 'The token expires at 2026-12-31T12:00:00.000Z.'
    from instagram_account`;
}

/** One in a thousand is open. */
function attemptRows(words: Words, count: number, now: number): string {
  const { time, json } = words;
  const at = time(`${now} - i % 2592000 * 1000`);
  return insert('auth_attempt', words.numbers(1, count), [{ open: chance(40503, 1000) }], {
    id: `'attempt-' || i`,
    code_hash: words.filler(64),
    binding_hash: words.filler(64),
    flow: `'moca'`,
    redirect_uri: `'https://moca.pages.dev/instagram-callback'`,
    actor: `'system'`,
    status: `case when open = 0 then 'exchanging' when open < 900 then 'saved' else 'failed' end`,
    steps: `'[]'${json}`,
    fence: '1',
    unknown_sends: '0',
    postponements: '0',
    open_until: at,
    created_at: at,
    updated_at: at,
    ended_at: `case when open <> 0 then ${at} end`,
  });
}

/** One in a hundred is still to be forwarded. They came in the last seven days. */
function webhookEventRows(words: Words, count: number, now: number): string {
  const { time } = words;
  const at = time(`${now} - (${count} - i) * ${Math.floor((WEEK * 0.99) / count)}`);
  return insert('webhook_event', words.numbers(1, count), [{ entry: `'17841' || ${DIGITS}` }], {
    key: words.filler(64),
    account_id: 'entry',
    entry_id: 'entry',
    object: `'instagram'`,
    field: `'messages'`,
    is_echo: words.no,
    occurred_at: at,
    received_at: at,
    payload: `'{"message":"' || ${words.filler(400)} || '"}'`,
    subject: 'entry',
    tries: '0',
    ended_at: `case when ${chance(40503, 100)} <> 0 then ${at} end`,
  });
}

/** One in a hundred is still to be delivered. */
function noticeRows(words: Words, count: number, now: number): string {
  const at = words.time(`${now} - (${count} - i) * ${Math.floor((29 * DAY) / count)}`);
  return insert('notice', words.numbers(1, count), [], {
    key: words.filler(36),
    body: words.filler(300),
    created_at: at,
    subject: `'17841' || ${DIGITS}`,
    tries: '0',
    ended_at: `case when ${chance(40503, 100)} <> 0 then ${at} end`,
  });
}
