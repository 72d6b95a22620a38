import type { EntityManager } from '@mikro-orm/core';
import { InstagramAccount } from './instagram-account.entity.js';

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
    const ids = { $in: entryIds.slice(start, start + MOST_IDS) };
    const accounts = await em.find(
      InstagramAccount,
      { $or: [{ professionalAccountId: ids }, { pageId: ids }] },
      {
        fields: ['accountId', 'professionalAccountId', 'pageId'],
        orderBy: { consentedAt: 'asc', accountId: 'asc' },
        disableIdentityMap: true,
      },
    );
    for (const { accountId, professionalAccountId, pageId } of accounts) {
      if (professionalAccountId != null) byProfessional.set(professionalAccountId, accountId);
      if (pageId != null) byPage.set(pageId, accountId);
    }
  }
  return new Map([...byPage, ...byProfessional]);
}
