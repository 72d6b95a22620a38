import type { EntityManager } from '@mikro-orm/core';
import { AppError } from '../errors.js';
import { CompiledQueryCache } from '../sql/compile-once.js';
import { storedTime } from '../sql/stored-time.js';
import { unitOfWork } from '../sql/unit-of-work.js';
import { WriteBatcher } from '../sql/write-batcher.js';
import { insertEvent } from './account-history.js';
import { accountTables, type AccountColumns } from './account-table.js';
import { viewColumns, type AccountViewRow } from './account-view.js';
import { noSuchAccount } from './no-such-account.js';
import type { InstagramAccountSettingsInput } from './settings.input.js';

/** Of UTF-8, for each field. */
const FIELD_LIMIT_BYTES = 16 * 1024;

const COLUMNS = {
  systemPrompt: 'system_prompt',
  toneOfVoice: 'tone_of_voice',
  keyInformation: 'key_information',
} as const satisfies Record<keyof InstagramAccountSettingsInput, keyof AccountColumns>;

export interface SettingsChange {
  readonly accountId: string;
  readonly settings: InstagramAccountSettingsInput;
  /** The version that the caller has seen; null to change whatever there is. */
  readonly expectedVersion: number | null;
  readonly actor: string;
  readonly now: Date;
}

/** What came of a change: the account as it is now, or why it was refused. */
export type ChangedSettings = AccountViewRow | AppError;

/** How many changes one transaction makes. */
const CHANGED_TOGETHER = 50;

/**
 * Changes settings, each with its event in one transaction; what comes at the same time shares it, since each commit
 * is a sync to the disk. None is harmed by another that is refused.
 */
export function settingsWriter(em: () => EntityManager): WriteBatcher<SettingsChange, ChangedSettings> {
  return new WriteBatcher(
    (changes) => unitOfWork(em(), (transaction) => changeAll(transaction, changes)),
    CHANGED_TOGETHER,
  );
}

async function changeAll(
  transaction: EntityManager,
  changes: readonly SettingsChange[],
): Promise<ChangedSettings[]> {
  const results: ChangedSettings[] = [];
  // In one order everywhere: of two transactions that wait for each other's accounts one would fail.
  for (const [index, change] of [...changes.entries()].toSorted(byAccount)) {
    results[index] = await changeOne(transaction, change);
  }
  return results;
}

type Numbered = readonly [index: number, change: SettingsChange];

function byAccount([, { accountId: one }]: Numbered, [, { accountId: other }]: Numbered): number {
  return one < other ? -1 : Number(one > other);
}

/**
 * Changes the fields that are given and counts the version up, with the event. An input without fields changes
 * nothing.
 */
async function changeOne(transaction: EntityManager, change: SettingsChange): Promise<ChangedSettings> {
  const { accountId, settings, expectedVersion, actor, now } = change;
  const fields = givenFields(settings);
  const [written] = fields.length === 0 ? [] : await update(transaction, change, fields);
  if (written !== undefined) {
    const detail = `${fields.join(', ')} changed; version ${written.settings_version}.`;
    await insertEvent(transaction, { accountId, at: now, type: 'settings_changed', actor, detail });
    return written;
  }
  const present = await accountTables(transaction)
    .selectFrom('instagram_account')
    .select(viewColumns)
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  if (present === undefined) return noSuchAccount();
  if (expectedVersion === null || present.settings_version === expectedVersion) return present;
  return new AppError(
    'CONFLICT',
    `The settings are at version ${present.settings_version}, not ${expectedVersion}.`,
  );
}

/** By the fields that change, and whether a version is expected. */
const updates = new CompiledQueryCache<AccountViewRow>();

function update(
  transaction: EntityManager,
  { accountId, settings, expectedVersion, now }: SettingsChange,
  fields: ReadonlyArray<keyof typeof COLUMNS>,
): Promise<AccountViewRow[]> {
  const values = fields.map((field) => settings[field] ?? null);
  const at = storedTime(transaction, now);
  const build = () =>
    accountTables(transaction)
      .updateTable('instagram_account')
      .set(Object.fromEntries(fields.map((field, index) => [COLUMNS[field], values[index]])))
      .set((eb) => ({ settings_version: eb('settings_version', '+', eb.lit(1)), updated_at: at }))
      .where('account_id', '=', accountId)
      .$if(expectedVersion !== null, (query) => query.where('settings_version', '=', expectedVersion))
      .returning(viewColumns);
  const form = `${fields.join()} ${expectedVersion !== null}`;
  const versions = expectedVersion === null ? [] : [expectedVersion];
  return updates.run(transaction, form, build, [...values, at, accountId, ...versions]);
}

/** @throws AppError BAD_USER_INPUT for a field that is too long */
export function requireShortSettings(settings: InstagramAccountSettingsInput): void {
  for (const field of givenFields(settings)) {
    const text = settings[field] ?? '';
    if (Buffer.byteLength(text, 'utf8') > FIELD_LIMIT_BYTES) {
      throw new AppError('BAD_USER_INPUT', `settings.${field}: has more than ${FIELD_LIMIT_BYTES} bytes.`);
    }
  }
}

/** The names of the fields that are given, in a fixed order: nothing else of the input is ever looked at. */
function givenFields(settings: InstagramAccountSettingsInput): Array<keyof typeof COLUMNS> {
  return (Object.keys(COLUMNS) as Array<keyof typeof COLUMNS>).filter(
    (field) => settings[field] !== undefined,
  );
}
