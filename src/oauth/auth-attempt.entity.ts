import { defineEntity, p } from '@mikro-orm/core';
import { InstagramAccount } from '../accounts/instagram-account.entity.js';
import type { StoredError } from './stored-error.js';
import type { LoginFlow } from '../login-flow.js';
import type { StepReport } from '../tokens/ladder/step-report.js';

/**
 * How far an attempt has come:
 * - `new`: written down; the code was not sent, or Meta is known not to have spent it
 * - `exchanging`: the code is on its way; whether Meta has spent it is not known
 * - `exchanged`: Meta's first token is stored; everything later can be done again from it
 * - `saved`, `failed`: ended
 */
export type AttemptStatus = 'new' | 'exchanging' | 'exchanged' | 'saved' | 'failed';

/** The statuses of an attempt that has not ended. */
export const openStatuses: readonly AttemptStatus[] = ['new', 'exchanging', 'exchanged'];

const AuthAttemptSchema = defineEntity({
  name: 'AuthAttempt',
  tableName: 'auth_attempt',
  indexes: [
    { name: 'auth_attempt_newest', properties: ['createdAt', 'id'] },
    { name: 'auth_attempt_open', properties: ['status', 'leaseUntil'] },
    { name: 'auth_attempt_ended', properties: ['endedAt'] },
  ],
  properties: {
    id: p.string().primary(),
    /** SHA-256 of the authorization code: one code, one attempt. */
    codeHash: p.string().unique('auth_attempt_code'),
    /** Nonce of the state: one state, one code. Null when the call came without a state. */
    stateNonce: p.string().nullable().unique('auth_attempt_state'),
    /** SHA-256 of the state and the verifier of the first call, which every later call has to bring too. */
    bindingHash: p.string(),
    flow: p.string().$type<LoginFlow>(),
    redirectUri: p.text(),
    /** Who asked, for the account's history. */
    actor: p.string(),
    /** The account that the caller picked, when the person has several; null once the attempt has failed. */
    professionalAccountId: p.string().nullable(),
    status: p.string().$type<AttemptStatus>(),
    /** Sealed authorization code, until it is no longer needed. */
    sealedCode: p.text().nullable().lazy().hidden(),
    /** Sealed first token, until the account is saved. */
    sealedToken: p.text().nullable().lazy().hidden(),
    account: () =>
      p
        .manyToOne(InstagramAccount)
        .mapToPk()
        .joinColumn('account_id')
        .nullable()
        .deleteRule('set null')
        .index('auth_attempt_account_id_index'),
    steps: p.json<StepReport[]>(),
    /** Why it failed, or why it was put off. */
    error: p.json<StoredError>().nullable(),
    leaseOwner: p.string().nullable(),
    leaseUntil: p.datetime(3).nullable(),
    /** Counts the claims: a runner that lost its lease can change nothing. */
    fence: p.integer(),
    /** How often the code was sent without our learning what became of it. */
    unknownSends: p.integer(),
    /** How often it was put off. */
    postponements: p.integer(),
    /** Not to be taken up again before this time. */
    retryAt: p.datetime(3).nullable(),
    /** When the code, or the token that it became, is an hour old: an attempt that is still open has failed. */
    openUntil: p.datetime(3),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    endedAt: p.datetime(3).nullable(),
  },
});

/** One authorization code's way to an account, durable from before the first call to Meta. */
export class AuthAttempt extends AuthAttemptSchema.class {}

AuthAttemptSchema.setClass(AuthAttempt);
