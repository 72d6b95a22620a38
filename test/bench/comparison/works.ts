import { createHash } from 'node:crypto';
import {
  AuthUrlDocument,
  InstagramAccountDocument,
  InstagramAccountsDocument,
  UpdateInstagramAccountSettingsDocument,
} from '../../../src/generated/graphql.ts';
import type { Question } from './ask.ts';

export const workIds = ['w1', 'w2', 'w3', 'w4'] as const;

export type WorkId = (typeof workIds)[number];

export const workTitles: Readonly<Record<WorkId, string>> = {
  w1: 'authUrl',
  w2: 'page of 50 accounts',
  w3: 'one account',
  w4: 'change of settings',
};

export interface Work {
  readonly id: WorkId;
  /** Sent one after the other, again and again. */
  readonly questions: readonly Question[];
}

const PROMPT =
  'Answer in the language of the comment, in two sentences at most, and never promise a date. '.repeat(3);

/** The four works, by the operations that the repository has, or by other texts that ask for the same. */
export function worksOf(accountIds: readonly string[], otherText: boolean): readonly Work[] {
  const query = (document: { toString(): string }): string =>
    otherText ? `# Not of the repository.\n${document.toString()}` : document.toString();
  const questions = (document: { toString(): string }, byAdmin: boolean, variables: object[]): Question[] =>
    variables.map((one) => ({ body: JSON.stringify({ query: query(document), variables: one }), byAdmin }));
  const challenges = accountIds.map((id) => createHash('sha256').update(id).digest('base64url'));
  return [
    {
      id: 'w1',
      questions: questions(
        AuthUrlDocument,
        false,
        challenges.map((challenge) => ({ challenge })),
      ),
    },
    {
      id: 'w2',
      // The order is the default; graphql-jit misses it in a variable that may not be null, and so do the peers.
      questions: questions(InstagramAccountsDocument, true, [{ first: 50, orderBy: 'NEWEST_FIRST' }]),
    },
    {
      id: 'w3',
      questions: questions(
        InstagramAccountDocument,
        true,
        accountIds.map((accountId) => ({ accountId })),
      ),
    },
    {
      id: 'w4',
      questions: questions(
        UpdateInstagramAccountSettingsDocument,
        true,
        accountIds.map((accountId) => ({
          accountId,
          settings: { systemPrompt: PROMPT, toneOfVoice: `Warm and short, as of ${accountId}.` },
        })),
      ),
    },
  ];
}
