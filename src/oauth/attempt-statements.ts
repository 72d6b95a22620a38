import type { LoginFlow } from '../login-flow.js';
import { compileNamed } from '../sql/compile-named.js';
import { openStatuses, type AttemptStatus } from './auth-attempt.entity.js';

/** The attempts' table, for what every connection does: times are parameters of `storedTime`, JSON is text. */
interface AttemptColumns {
  id: string;
  code_hash: string;
  state_nonce: string | null;
  binding_hash: string;
  flow: LoginFlow;
  redirect_uri: string;
  actor: string;
  professional_account_id: string | null;
  status: AttemptStatus;
  sealed_code: string | null;
  sealed_token: string | null;
  account_id: string | null;
  steps: string;
  error: string | null;
  lease_owner: string | null;
  lease_until: number | null;
  fence: number;
  unknown_sends: number;
  postponements: number;
  retry_at: number | null;
  open_until: number;
  created_at: number;
  updated_at: number;
  ended_at: number | null;
}

interface AttemptTables {
  auth_attempt: AttemptColumns;
}

type Id = Pick<AttemptColumns, 'id'>;

/** The attempt that has this code, if there is one. */
export const findIdByCodeHash = compileNamed<AttemptTables, Id, Pick<AttemptColumns, 'code_hash'>>(
  (tables, value) =>
    tables.selectFrom('auth_attempt').select('id').where('code_hash', '=', value('code_hash')),
);

type Inserted = Pick<
  AttemptColumns,
  | 'id'
  | 'code_hash'
  | 'state_nonce'
  | 'binding_hash'
  | 'flow'
  | 'redirect_uri'
  | 'actor'
  | 'professional_account_id'
  | 'sealed_code'
  | 'lease_owner'
  | 'lease_until'
  | 'open_until'
  | 'created_at'
>;

/** Gives a row when neither code nor state were there before. */
export const insertAttempt = compileNamed<AttemptTables, Id, Inserted>((tables, value) =>
  tables
    .insertInto('auth_attempt')
    .values({
      id: value('id'),
      code_hash: value('code_hash'),
      state_nonce: value('state_nonce'),
      binding_hash: value('binding_hash'),
      flow: value('flow'),
      redirect_uri: value('redirect_uri'),
      actor: value('actor'),
      professional_account_id: value('professional_account_id'),
      status: 'new',
      sealed_code: value('sealed_code'),
      steps: '[]',
      lease_owner: value('lease_owner'),
      lease_until: value('lease_until'),
      fence: 1,
      unknown_sends: 0,
      postponements: 0,
      open_until: value('open_until'),
      created_at: value('created_at'),
      updated_at: value('created_at'),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id'),
);

/** Whose claim it is: a row that is another's by now, or has ended, is not written. */
type Held = Pick<AttemptColumns, 'id' | 'fence'>;

/** Gives a row when it was written. */
function writeHeld<Written extends keyof AttemptColumns>(
  written: readonly Written[],
  constants: Partial<AttemptColumns>,
) {
  return compileNamed<AttemptTables, Id, Held & Pick<AttemptColumns, Written>>((tables, value) =>
    tables
      .updateTable('auth_attempt')
      .set({ ...Object.fromEntries(written.map((column) => [column, value(column)])), ...constants })
      .where('id', '=', value('id'))
      .where('fence', '=', value('fence'))
      .where('status', 'in', openStatuses)
      .returning('id'),
  );
}

export const writeExchanging = writeHeld(['unknown_sends', 'updated_at'], {
  status: 'exchanging',
  retry_at: null,
});

export const writeExchanged = writeHeld(['sealed_token', 'steps', 'open_until', 'updated_at'], {
  status: 'exchanged',
  sealed_code: null,
  error: null,
});

type TakenBack = Pick<
  AttemptColumns,
  'id' | 'sealed_token' | 'steps' | 'open_until' | 'updated_at' | 'lease_owner' | 'lease_until'
>;

/**
 * The same for whoever has lost the lease, and takes it back with the token in hand: as long as nobody has stored
 * one, whoever has the lease can only send the code again, which is spent. Gives the new fence when it was written.
 */
export const takeBackExchanged = compileNamed<AttemptTables, Pick<AttemptColumns, 'fence'>, TakenBack>(
  (tables, value) =>
    tables
      .updateTable('auth_attempt')
      .set((attempt) => ({
        status: 'exchanged',
        sealed_code: null,
        sealed_token: value('sealed_token'),
        steps: value('steps'),
        error: null,
        open_until: value('open_until'),
        updated_at: value('updated_at'),
        lease_owner: value('lease_owner'),
        lease_until: value('lease_until'),
        retry_at: null,
        fence: attempt('fence', '+', 1),
      }))
      .where('id', '=', value('id'))
      .where('status', '=', 'exchanging')
      .where('sealed_token', 'is', null)
      .returning('fence'),
);

export const writeSaved = writeHeld(['account_id', 'steps', 'ended_at', 'updated_at'], {
  status: 'saved',
  sealed_code: null,
  sealed_token: null,
  error: null,
  lease_owner: null,
  lease_until: null,
  retry_at: null,
});
