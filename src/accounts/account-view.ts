import { SECOND } from '../time.js';
import type { StepReport } from '../tokens/ladder/step-report.js';
import { toProblemView, toStepViews } from '../tokens/step-view.js';
import type { TokenKind } from '../tokens/token-kind.js';
import type { TokenProblem } from '../tokens/token-problem.js';
import type { TokenProblem as TokenProblemView } from '../tokens/token-problem.type.js';
import { needsReauthorization, tokenStateOf, type TokenState } from '../tokens/token-state.js';
import type { TokenStatus } from '../tokens/token-status.type.js';
import type { AccountColumns, ReportRow } from './account-table.js';
import type {
  ConnectionReport,
  InstagramAccount,
  InstagramAccountSettings,
} from './instagram-account.type.js';
import { subscriptionState } from './webhook-subscription.js';
import type { WebhookSubscription } from './webhook-subscription.type.js';

/** The columns that the fields of the API are made of, by the field. */
const columnsOf = {
  accountId: ['account_id'],
  professionalAccountId: ['professional_account_id'],
  accountName: ['account_name'],
  displayName: ['display_name'],
  profilePictureUrl: ['profile_picture_url'],
  settings: ['system_prompt', 'tone_of_voice', 'key_information', 'settings_version'],
  tokenStatus: ['token_kind', 'token_expiry', 'token_end'],
  lastRefreshedAt: ['last_refreshed_at'],
  nextRefreshAt: ['next_refresh_at'],
  /** Of the token or of the subscription. */
  problem: ['token_problem', 'subscription_problem'],
  webhookSubscription: ['subscribed_at', 'subscription_check_at', 'subscription_problem'],
  scopes: ['scopes'],
  missingScopes: ['missing_scopes'],
  connectedAt: ['connected_at'],
  updatedAt: ['updated_at'],
} as const satisfies Partial<Record<string, ReadonlyArray<keyof AccountColumns>>>;

type ViewColumn = (typeof columnsOf)[keyof typeof columnsOf][number];

/** The fields of an account that are read with it. */
export const viewFields: ReadonlySet<string> = new Set(Object.keys(columnsOf));

/** All that they are made of. */
export const viewColumns: readonly ViewColumn[] = [...new Set(Object.values(columnsOf).flat())];

/** By the fields, which of one document are the same object for every answer. */
const knownColumns = new WeakMap<ReadonlySet<string>, readonly ViewColumn[]>();

/** What of it these fields are made of, wherever in the account they stand. */
export function columnsFor(fields: ReadonlySet<string>): readonly ViewColumn[] {
  let columns = knownColumns.get(fields);
  if (columns === undefined) {
    const asked = Object.entries(columnsOf).flatMap(([field, made]) => (fields.has(field) ? made : []));
    columns = [...new Set<ViewColumn>(['account_id', ...asked])];
    knownColumns.set(fields, columns);
  }
  return columns;
}

export type AccountViewRow = Pick<AccountColumns, ViewColumn>;

/**
 * An account as the API shows it at a time. Each field is made when it is asked for: of a list, few are. A row need
 * not have the columns of the others. What is more than a text or a number is made once: a compiled operation asks for
 * an object again for each of its fields.
 */
export class AccountView implements InstagramAccount {
  #settings: InstagramAccountSettings | undefined;
  #tokenStatus: TokenStatus | undefined;
  #webhookSubscription: WebhookSubscription | undefined;
  #scopes: string[] | undefined;
  #missingScopes: string[] | undefined;

  constructor(
    private readonly row: AccountViewRow,
    private readonly now: Date,
    private readonly reportRow: ReportRow | null = null,
  ) {}

  readReport(): ConnectionReport | null {
    return this.reportRow === null ? null : toConnectionReport(this.reportRow);
  }

  get accountId(): string {
    return this.row.account_id;
  }

  get professionalAccountId(): string | null {
    return this.row.professional_account_id;
  }

  get accountName(): string {
    return this.row.account_name;
  }

  get displayName(): string {
    return this.row.display_name;
  }

  get profilePictureUrl(): string | null {
    return this.row.profile_picture_url;
  }

  get settings(): InstagramAccountSettings {
    this.#settings ??= toSettings(this.row);
    return this.#settings;
  }

  get tokenStatus(): TokenStatus {
    this.#tokenStatus ??= new TokenStatusView(this.row, this.now.getTime());
    return this.#tokenStatus;
  }

  get webhookSubscription(): WebhookSubscription {
    this.#webhookSubscription ??= toSubscription(this.row);
    return this.#webhookSubscription;
  }

  get scopes(): string[] {
    this.#scopes ??= JSON.parse(this.row.scopes) as string[];
    return this.#scopes;
  }

  get missingScopes(): string[] {
    this.#missingScopes ??= JSON.parse(this.row.missing_scopes) as string[];
    return this.#missingScopes;
  }

  get connectedAt(): number {
    return this.row.connected_at;
  }

  get updatedAt(): number {
    return this.row.updated_at;
  }
}

class TokenStatusView implements TokenStatus {
  readonly state: TokenState;
  #problem: TokenProblemView | null | undefined;

  constructor(
    private readonly row: AccountViewRow,
    private readonly now: number,
  ) {
    this.state = tokenStateOf(row.token_kind, row.token_expiry, row.token_end, now);
  }

  get kind(): TokenKind {
    return this.row.token_kind;
  }

  get expiresAt(): number | null {
    return this.row.token_expiry;
  }

  get expiresInSeconds(): number | null {
    const { token_expiry: expiry } = this.row;
    return expiry === null ? null : Math.max(0, Math.floor((expiry - this.now) / SECOND));
  }

  get needsReauthorization(): boolean {
    return needsReauthorization(this.state);
  }

  get lastRefreshedAt(): number | null {
    return this.row.last_refreshed_at;
  }

  get nextRefreshAt(): number | null {
    return this.row.next_refresh_at;
  }

  get problem(): TokenProblemView | null {
    if (this.#problem === undefined) this.#problem = readProblem(this.row.token_problem);
    return this.#problem;
  }
}

function toSubscription(row: AccountViewRow): WebhookSubscription {
  const { subscribed_at: since, subscription_check_at: nextCheckAt } = row;
  const problem = readProblem(row.subscription_problem);
  const state = subscriptionState({
    subscribedAt: since,
    checkAt: nextCheckAt,
    hasProblem: problem !== null,
  });
  return { state, since, nextCheckAt, problem };
}

function toSettings(row: AccountViewRow): InstagramAccountSettings {
  return {
    systemPrompt: row.system_prompt,
    toneOfVoice: row.tone_of_voice,
    keyInformation: row.key_information,
    version: row.settings_version,
  };
}

/** How the token of an account came to be, as the API shows it. */
export function toConnectionReport({ flow, connection_steps: steps }: ReportRow): ConnectionReport {
  return { flow, steps: toStepViews(JSON.parse(steps) as StepReport[]) };
}

function readProblem(json: string | null): TokenProblemView | null {
  const problem = json === null ? null : (JSON.parse(json) as TokenProblem | null);
  return problem === null ? null : toProblemView(problem);
}
