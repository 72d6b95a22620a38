import type { EntityManager } from '@mikro-orm/core';
import { accountTables } from './account-table.js';

/** No database takes a statement with any number of values. */
const MOST_IDS = 1_000;

/**
 * Whose the ids of webhook entries are: accounts by their professional account id or, where no account has that,
 * by their page. Of several accounts that were connected by the same page, the one of the last consent.
 */
export async function findEntryAccounts(
  em: EntityManager,
  entryIds: readonly string[],
): Promise<Map<string, string>> {
  const byProfessional = new Map<string, string>();
  const byPage = new Map<string, string>();
  for (let start = 0; start < entryIds.length; start += MOST_IDS) {
    const ids = entryIds.slice(start, start + MOST_IDS);
    const accounts = await accountTables(em)
      .selectFrom('instagram_account')
      .select(['account_id', 'professional_account_id', 'page_id'])
      .where((is) => is.or([is('professional_account_id', 'in', ids), is('page_id', 'in', ids)]))
      .orderBy('consented_at')
      .orderBy('account_id')
      .execute();
    for (const { account_id, professional_account_id, page_id } of accounts) {
      if (professional_account_id !== null) byProfessional.set(professional_account_id, account_id);
      if (page_id !== null) byPage.set(page_id, account_id);
    }
  }
  return new Map([...byPage, ...byProfessional]);
}
