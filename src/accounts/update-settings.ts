import type { EntityManager } from '@mikro-orm/core';
import { AppError } from '../errors.js';
import { storedTime } from '../sql/stored-time.js';
import { unitOfWork } from '../sql/unit-of-work.js';
import { recordEvent } from './account-history.js';
import { accountTables, type AccountColumns } from './account-table.js';
import { viewColumns, type AccountViewRow } from './account-view.js';
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

/**
 * Changes the fields that are given and counts the version up, in one transaction with the event. An input
 * without fields changes nothing.
 *
 * @throws AppError BAD_USER_INPUT (a field is too long), NOT_FOUND, CONFLICT (the version has moved on)
 */
export async function updateSettings(em: EntityManager, change: SettingsChange): Promise<AccountViewRow> {
  const { accountId, settings, expectedVersion, actor, now } = change;
  const fields = readFields(settings);
  return unitOfWork(em, async (transaction) => {
    const accounts = accountTables(transaction);
    const written =
      fields.length === 0
        ? undefined
        : await accounts
            .updateTable('instagram_account')
            .set(Object.fromEntries(fields.map((field) => [COLUMNS[field], settings[field] ?? null])))
            .set((eb) => ({
              settings_version: eb('settings_version', '+', 1),
              updated_at: storedTime(em, now),
            }))
            .where('account_id', '=', accountId)
            .$if(expectedVersion !== null, (query) => query.where('settings_version', '=', expectedVersion))
            .returning(viewColumns)
            .executeTakeFirst();
    if (written !== undefined) {
      const detail = `${fields.join(', ')} changed; version ${written.settings_version}.`;
      recordEvent(transaction, { accountId, at: now, type: 'settings_changed', actor, detail });
      return written;
    }
    const present = await accounts
      .selectFrom('instagram_account')
      .select(viewColumns)
      .where('account_id', '=', accountId)
      .executeTakeFirst();
    if (present === undefined) throw new AppError('NOT_FOUND', 'There is no such account.');
    if (expectedVersion !== null && present.settings_version !== expectedVersion) {
      throw new AppError(
        'CONFLICT',
        `The settings are at version ${present.settings_version}, not ${expectedVersion}.`,
      );
    }
    return present;
  });
}

/** The names of the fields that are given, in a fixed order: nothing else of the input is ever looked at. */
function readFields(settings: InstagramAccountSettingsInput): Array<keyof typeof COLUMNS> {
  const given = (Object.keys(COLUMNS) as Array<keyof typeof COLUMNS>).filter(
    (field) => settings[field] !== undefined,
  );
  for (const field of given) {
    const text = settings[field] ?? '';
    if (Buffer.byteLength(text, 'utf8') > FIELD_LIMIT_BYTES) {
      throw new AppError('BAD_USER_INPUT', `settings.${field}: has more than ${FIELD_LIMIT_BYTES} bytes.`);
    }
  }
  return given;
}
