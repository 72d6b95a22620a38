import type { AccountViewRow } from '../../../src/accounts/account-view.js';
import type { AccountColumns } from '../../../src/accounts/account-table.js';
import type { StepReport } from '../../../src/tokens/ladder/step-report.js';
import type { TokenProblem } from '../../../src/tokens/token-problem.js';
import { isoTime } from './iso-time.ts';

const WEEK = 604_800_000;

/** What the page's operation needs of an account, and no column more. */
export const PAGE_COLUMNS = [
  'account_id',
  'professional_account_id',
  'account_name',
  'display_name',
  'profile_picture_url',
  'connected_at',
  'system_prompt',
  'tone_of_voice',
  'key_information',
  'settings_version',
  'token_kind',
  'token_expiry',
  'token_end',
] as const satisfies ReadonlyArray<keyof AccountColumns>;

export type PageRow = Pick<AccountColumns, (typeof PAGE_COLUMNS)[number]>;

/** What the operation for one account needs beside that. */
export const ACCOUNT_COLUMNS = [
  ...PAGE_COLUMNS,
  'scopes',
  'missing_scopes',
  'updated_at',
  'last_refreshed_at',
  'next_refresh_at',
  'token_problem',
  'subscribed_at',
  'subscription_check_at',
  'subscription_problem',
  'flow',
  'connection_steps',
] as const satisfies ReadonlyArray<keyof AccountColumns>;

export type AccountRow = Pick<AccountColumns, (typeof ACCOUNT_COLUMNS)[number]>;

export const SETTINGS_COLUMNS = [
  'account_id',
  'system_prompt',
  'tone_of_voice',
  'key_information',
  'settings_version',
  'updated_at',
] as const satisfies ReadonlyArray<keyof AccountColumns>;

export type SettingsRow = Pick<AccountColumns, (typeof SETTINGS_COLUMNS)[number]>;

/** A page of accounts, newest first; `rows` holds one more than `size` when the list goes on. */
export function toPage(rows: readonly PageRow[], size: number) {
  const now = Date.now();
  const edges = rows.slice(0, size).map((row) => ({ cursor: cursorOf(row), node: toNode(row, now) }));
  return {
    edges,
    pageInfo: {
      hasNextPage: rows.length > size,
      hasPreviousPage: false,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/** One account; its fields stand in the order of the operation, so that they can be written down as they are. */
export function toAccount(row: AccountRow) {
  const subscriptionProblem = toProblem(row.subscription_problem);
  const status = toTokenStatus(row, Date.now());
  return {
    accountId: row.account_id,
    professionalAccountId: row.professional_account_id,
    accountName: row.account_name,
    displayName: row.display_name,
    profilePictureUrl: row.profile_picture_url,
    scopes: JSON.parse(row.scopes) as string[],
    missingScopes: JSON.parse(row.missing_scopes) as string[],
    connectedAt: isoTime(row.connected_at),
    updatedAt: isoTime(row.updated_at),
    settings: toSettings(row),
    tokenStatus: {
      ...status,
      lastRefreshedAt: toTime(row.last_refreshed_at),
      nextRefreshAt: toTime(row.next_refresh_at),
      problem: toProblem(row.token_problem),
    },
    webhookSubscription: {
      state:
        row.subscribed_at !== null
          ? 'SUBSCRIBED'
          : subscriptionProblem !== null
            ? 'FAILED'
            : row.subscription_check_at === null
              ? 'NONE'
              : 'PENDING',
      since: toTime(row.subscribed_at),
      nextCheckAt: toTime(row.subscription_check_at),
      problem: subscriptionProblem,
    },
    connection: {
      flow: row.flow.toUpperCase(),
      steps: (JSON.parse(row.connection_steps) as StepReport[]).map(
        ({ step, outcome, durationMs, hint, detail, problem }) => ({
          step,
          outcome,
          durationMs,
          hint,
          detail,
          problem: problem === null ? null : stepProblem(problem),
        }),
      ),
    },
  };
}

/** What a change of settings answers. */
export function toChanged(row: SettingsRow) {
  return { accountId: row.account_id, settings: toSettings(row), updatedAt: isoTime(row.updated_at) };
}

function toNode(row: PageRow, now: number) {
  return {
    accountId: row.account_id,
    professionalAccountId: row.professional_account_id,
    accountName: row.account_name,
    displayName: row.display_name,
    profilePictureUrl: row.profile_picture_url,
    connectedAt: isoTime(row.connected_at),
    settings: toSettings(row),
    tokenStatus: toTokenStatus(row, now),
  };
}

function toSettings(
  row: Pick<PageRow, 'system_prompt' | 'tone_of_voice' | 'key_information' | 'settings_version'>,
) {
  return {
    systemPrompt: row.system_prompt,
    toneOfVoice: row.tone_of_voice,
    keyInformation: row.key_information,
    version: row.settings_version,
  };
}

function toTokenStatus({ token_kind: kind, token_expiry: expiry, token_end: end }: PageRow, now: number) {
  const state = stateOf(kind, expiry, end, now);
  return {
    state,
    kind,
    expiresAt: toTime(expiry),
    expiresInSeconds: expiry === null ? null : Math.max(0, Math.floor((expiry - now) / 1_000)),
    needsReauthorization: state !== 'ACTIVE' && state !== 'EXPIRING_SOON',
  };
}

function stateOf(
  kind: PageRow['token_kind'],
  expiry: number | null,
  end: AccountViewRow['token_end'],
  now: number,
): string {
  if (end !== null) return end;
  if (expiry !== null && expiry <= now) return 'EXPIRED';
  if (kind === 'SHORT_LIVED' || (expiry !== null && expiry < now + WEEK)) return 'EXPIRING_SOON';
  return 'ACTIVE';
}

function cursorOf(row: PageRow): string {
  return Buffer.from(`["NEWEST_FIRST",${row.connected_at},"${row.account_id}"]`, 'latin1').toString(
    'base64url',
  );
}

function toProblem(json: string | null) {
  const problem = json === null ? null : (JSON.parse(json) as TokenProblem | null);
  if (problem === null) return null;
  const { code, message, userAction, metaCode, metaSubcode, fbtraceId, at } = problem;
  return { code, message, userAction, metaCode, metaSubcode, fbtraceId, at };
}

function stepProblem({ code, message, metaCode, metaSubcode, fbtraceId }: TokenProblem) {
  return { code, message, metaCode, metaSubcode, fbtraceId };
}

function toTime(milliseconds: number | null): string | null {
  return milliseconds === null ? null : isoTime(milliseconds);
}
