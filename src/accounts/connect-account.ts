import type { EntityManager } from '@mikro-orm/core';
import type { LoginFlow } from '../login-flow.js';
import type { Cipher } from '../tokens/cipher.js';
import type { Climbed } from '../tokens/ladder/ladder-start.js';
import type { StepReport } from '../tokens/ladder/step-report.js';
import type { ProbeVerdict, StoredToken } from '../tokens/probe-token.js';
import { ranksAbove, type TokenKind } from '../tokens/token-kind.js';
import { needsReauthorization } from '../tokens/token-state.js';
import type { RecordNotice } from '../notices/notice-outbox.js';
import { closeIncident } from './account-incidents.js';
import { insertEvent, recordEvent, type NewEvent } from './account-history.js';
import type { AccountReferences } from './account-references.js';
import { findPerson, isKnown } from './connected-person.js';
import { insertAccount } from './insert-account.js';
import type { InstagramAccount } from './instagram-account.entity.js';
import { keptBetterToken, withKeptReport, type KeptToken } from './kept-better-token.js';
import { absorb, identify } from './merge-accounts.js';
import { stateOf } from './require-living.js';
import { openAccountToken } from './sealed-token.js';
import { tokenColumns } from './token-columns.js';
import { dueSubscription } from './webhook-subscription.js';

/** What a stored better token was found to be worth before the connection is saved. */
export interface JudgedToken {
  readonly accountId: string;
  readonly tokenVersion: number;
  readonly verdict: ProbeVerdict;
}

/** A stored token has changed since it was judged, or was never judged: judge again. */
export class StoredTokenChangedError extends Error {
  override readonly name = 'StoredTokenChangedError';
}

export interface Connection {
  readonly climbed: Climbed;
  readonly flow: LoginFlow;
  readonly requestedScopes: readonly string[];
  readonly actor: string;
  /** About the person's better stored tokens, if there are any. */
  readonly judged: readonly JudgedToken[];
  readonly now: Date;
  readonly record: RecordNotice;
}

export interface SavedConnection {
  readonly accountId: string;
  /** What happened at each step of this connection, whether or not its token was kept. */
  readonly steps: readonly StepReport[];
}

/**
 * The person's stored tokens that are worth more than the one that was obtained, and not known to be dead, the
 * best first. They have to be asked for a profile before they may be replaced.
 */
export async function findBetterTokens(
  em: EntityManager,
  cipher: Cipher,
  climbed: Climbed,
  now: Date,
): Promise<Array<StoredToken & Omit<JudgedToken, 'verdict'>>> {
  if (!(await isKnown(em, climbed.profile))) return [];
  const better = betterRows(await findPerson(em, climbed.profile), climbed.token.kind, now);
  return better.map(({ accountId, tokenVersion, tokenKind, pageId, professionalAccountId, accessToken }) => ({
    accountId,
    tokenVersion,
    kind: tokenKind,
    pageId: pageId ?? null,
    professionalAccountId: professionalAccountId ?? null,
    value: openAccountToken(cipher, accountId, accessToken),
  }));
}

/**
 * Stores a connection, as part of the caller's transaction:
 * find the person's rows → merge them into the oldest → keep the better stored token, or store the new one
 * → write the events.
 *
 * @throws StoredTokenChangedError when a better stored token was not judged, or changed since
 */
export async function saveConnection(
  em: EntityManager,
  cipher: Cipher,
  connection: Connection,
  references: AccountReferences,
): Promise<SavedConnection> {
  const { climbed, actor, now } = connection;
  if (!(await isKnown(em, climbed.profile))) return create(em, cipher, connection, references);
  const rows = await findPerson(em, climbed.profile);
  const kept = findKept(rows, connection);

  const [oldest, ...newer] = rows;
  if (oldest === undefined) return create(em, cipher, connection, references);
  const pageId = oldest.pageId ?? null;
  for (const row of newer) {
    // The person is connected: what the operator was told of a row that goes is over.
    closeIncident(em, connection.record, row, now);
    if (row === kept?.row) closeIncident(em, connection.record, oldest, now);
    const merge = { oldest, newer: row, keepsToken: row === kept?.row, actor, now };
    await absorb(em, merge, { cipher, references });
  }
  identify(oldest, climbed, rows);
  if (kept === null) replaceToken(oldest, cipher, connection);
  oldest.consentedAt = climbed.token.issuedAt;
  // It is another one's subscription that stands.
  if ((oldest.pageId ?? null) !== pageId) oldest.subscribedAt = null;
  Object.assign(oldest, dueSubscription(now));
  await references.adopt(em, oldest);
  if (kept === null) {
    closeIncident(em, connection.record, oldest, now);
    recordEvent(em, connectEvent(oldest.accountId, 'reconnected', connection));
    await em.flush();
    return { accountId: oldest.accountId, steps: climbed.steps };
  }
  const report = keepToken(oldest, kept.verdict, connection);
  recordEvent(em, {
    accountId: oldest.accountId,
    at: now,
    type: 'kept',
    actor: connection.actor,
    detail: report.problem?.message ?? null,
  });
  await em.flush();
  return {
    accountId: oldest.accountId,
    steps: [...climbed.steps.filter(({ step }) => step !== 'profile'), report],
  };
}

async function create(
  em: EntityManager,
  cipher: Cipher,
  connection: Connection,
  references: AccountReferences,
): Promise<SavedConnection> {
  const { climbed, now } = connection;
  const { profile } = climbed;
  const account = {
    professionalAccountId: profile.professionalAccountId,
    appScopedId: profile.appScopedId,
    consentedAt: climbed.token.issuedAt,
    ...dueSubscription(now),
    ...tokenColumns(profile.id, cipher, connection),
    accountId: profile.id,
  };
  await insertAccount(em, account, now);
  await references.adopt(em, account);
  await insertEvent(em, connectEvent(profile.id, 'connected', connection));
  return { accountId: profile.id, steps: climbed.steps };
}

function replaceToken(account: InstagramAccount, cipher: Cipher, connection: Connection): void {
  Object.assign(account, tokenColumns(account.accountId, cipher, connection));
  account.tokenVersion += 1;
  // A renewal that is under way writes nothing any more: this token is newer.
  account.fence = null;
  account.leaseUntil = null;
  // What failed was another token: the breaker counts it no more.
  account.lastTryFailed = false;
}

function keepToken(
  account: InstagramAccount,
  verdict: KeptToken['verdict'],
  { climbed, now }: Connection,
): StepReport {
  const { profile, token, steps } = climbed;
  account.accountName = profile.username;
  // A lesser rung may tell less of the profile: what it leaves out stays.
  account.displayName = profile.name ?? account.displayName;
  account.profilePictureUrl = profile.pictureUrl ?? account.profilePictureUrl;
  account.updatedAt = now;
  const durationMs = steps.find(({ step }) => step === 'profile')?.durationMs ?? 0;
  const report = keptBetterToken(
    { stored: account.tokenKind, verdict, arrived: token.kind },
    durationMs,
    now,
  );
  account.connectionSteps = withKeptReport(account.connectionSteps, report);
  return report;
}

/** The best of the stored tokens that are worth more than the one that arrived and that Meta has not refused. */
function findKept(
  rows: readonly InstagramAccount[],
  { climbed, judged, now }: Connection,
): { readonly row: InstagramAccount; readonly verdict: KeptToken['verdict'] } | null {
  for (const row of betterRows(rows, climbed.token.kind, now)) {
    const verdict = verdictOn(row, judged);
    if (verdict !== 'refused') return { row, verdict };
  }
  return null;
}

/** The rows whose token is worth more than the one that arrived, the best first. */
function betterRows(rows: readonly InstagramAccount[], arrived: TokenKind, now: Date): InstagramAccount[] {
  return rows
    .filter((row) => {
      const isDead = needsReauthorization(stateOf(row, now));
      return row.accessToken != null && !isDead && ranksAbove(row.tokenKind, arrived);
    })
    .sort((one, other) => compareRanks(one.tokenKind, other.tokenKind));
}

function compareRanks(one: TokenKind, other: TokenKind): number {
  if (ranksAbove(one, other)) return -1;
  return ranksAbove(other, one) ? 1 : 0;
}

/** @throws StoredTokenChangedError when this token was not judged */
function verdictOn(row: InstagramAccount, judged: readonly JudgedToken[]): ProbeVerdict {
  const judgement = judged.find(
    ({ accountId, tokenVersion }) => accountId === row.accountId && tokenVersion === row.tokenVersion,
  );
  if (judgement === undefined) throw new StoredTokenChangedError();
  return judgement.verdict;
}

function connectEvent(
  accountId: string,
  type: 'connected' | 'reconnected',
  { climbed, flow, actor, now }: Connection,
): NewEvent {
  const fallBacks = climbed.steps
    .filter(({ outcome }) => outcome === 'FAILED')
    .map(({ step, problem }) => `${step}: ${problem?.code ?? 'failed'}`);
  const fellBack = fallBacks.length === 0 ? '' : `, fell back after ${fallBacks.join(', ')}`;
  return {
    accountId,
    at: now,
    type,
    actor,
    detail: `${climbed.token.kind} token by the ${flow} flow${fellBack}.`,
  };
}
