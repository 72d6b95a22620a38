import { SECOND } from '../time.js';
import type { StepReport } from '../tokens/ladder/step-report.js';
import type { TokenProblem } from '../tokens/token-problem.js';
import { needsReauthorization, tokenStateAt } from '../tokens/token-state.js';
import { toProblemView, toStepViews } from '../tokens/step-view.js';
import type { AccountColumns, ReportRow } from './account-table.js';
import type { ConnectionReport, InstagramAccount } from './instagram-account.type.js';
import type { WebhookSubscription } from './webhook-subscription.type.js';
import { subscriptionState } from './webhook-subscription.js';

/** The columns that an account's plain fields are made of. */
export const viewColumns = [
  'account_id',
  'professional_account_id',
  'account_name',
  'display_name',
  'profile_picture_url',
  'token_kind',
  'token_expiry',
  'expiry_order',
  'token_end',
  'token_problem',
  'last_refreshed_at',
  'next_refresh_at',
  'subscribed_at',
  'subscription_check_at',
  'subscription_problem',
  'scopes',
  'missing_scopes',
  'system_prompt',
  'tone_of_voice',
  'key_information',
  'settings_version',
  'connected_at',
  'updated_at',
] as const satisfies ReadonlyArray<keyof AccountColumns>;

export type AccountViewRow = Pick<AccountColumns, (typeof viewColumns)[number]>;

/** How the token of an account came to be, as the API shows it. */
export function toConnectionReport({ flow, connection_steps: steps }: ReportRow): ConnectionReport {
  return { flow, steps: toStepViews(JSON.parse(steps) as StepReport[]) };
}

/** An account as the API shows it at `now`. */
export function toAccountView(row: AccountViewRow, now: Date): InstagramAccount {
  const expiresAt = toDate(row.token_expiry);
  const state = tokenStateAt(
    { tokenKind: row.token_kind, tokenExpiry: expiresAt, tokenEnd: row.token_end },
    now,
  );
  const problem = readProblem(row.token_problem);
  return {
    accountId: row.account_id,
    professionalAccountId: row.professional_account_id,
    accountName: row.account_name,
    displayName: row.display_name,
    profilePictureUrl: row.profile_picture_url,
    settings: {
      systemPrompt: row.system_prompt,
      toneOfVoice: row.tone_of_voice,
      keyInformation: row.key_information,
      version: row.settings_version,
    },
    tokenStatus: {
      state,
      kind: row.token_kind,
      expiresAt,
      expiresInSeconds:
        expiresAt === null ? null : Math.max(0, Math.floor((expiresAt.getTime() - now.getTime()) / SECOND)),
      needsReauthorization: needsReauthorization(state),
      lastRefreshedAt: toDate(row.last_refreshed_at),
      nextRefreshAt: toDate(row.next_refresh_at),
      problem,
    },
    // What a list is seldom asked for is made when it is asked for.
    get webhookSubscription() {
      return toSubscription(row);
    },
    get scopes() {
      return JSON.parse(row.scopes) as string[];
    },
    get missingScopes() {
      return JSON.parse(row.missing_scopes) as string[];
    },
    connectedAt: new Date(row.connected_at),
    updatedAt: new Date(row.updated_at),
  };
}

function toSubscription(row: AccountViewRow): WebhookSubscription {
  const subscribedAt = toDate(row.subscribed_at);
  const checkAt = toDate(row.subscription_check_at);
  const problem = readProblem(row.subscription_problem);
  const state = subscriptionState({ subscribedAt, checkAt, hasProblem: problem !== null });
  return { state, since: subscribedAt, nextCheckAt: checkAt, problem };
}

function readProblem(json: string | null) {
  const problem = json === null ? null : (JSON.parse(json) as TokenProblem | null);
  return problem === null ? null : toProblemView(problem);
}

function toDate(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds);
}
