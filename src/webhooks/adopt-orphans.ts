import type { EntityManager } from '@mikro-orm/core';
import type { NamedAccount } from '../accounts/account-references.js';
import { compileNamed } from '../sql/compile-named.js';

interface OrphanTables {
  webhook_event: { account_id: string | null; subject: string; entry_id: string };
}

interface Values {
  readonly account_id: string;
  readonly professional_account_id: string | null;
  readonly page_id: string | null;
}

/**
 * Gives an account what came for its ids when no account had them, with the subject, so that nothing newer overtakes
 * what is still to be forwarded.
 */
export async function adoptOrphans(
  em: EntityManager,
  { accountId, professionalAccountId = null, pageId = null }: NamedAccount,
): Promise<void> {
  await adopt(em, {
    account_id: accountId,
    professional_account_id: professionalAccountId,
    page_id: pageId,
  });
}

/** What is null is equal to nothing. */
const adopt = compileNamed<OrphanTables, unknown, Values>((tables, value) =>
  tables
    .updateTable('webhook_event')
    .set({ account_id: value('account_id'), subject: value('account_id') })
    .where('account_id', 'is', null)
    .where('entry_id', 'in', [value('professional_account_id') ?? '', value('page_id') ?? '']),
);
