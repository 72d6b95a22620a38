import type * as accountHistory from '../../../src/accounts/account-history.js';
import type * as accountLease from '../../../src/accounts/account-lease.js';
import type * as accountList from '../../../src/accounts/account-list.js';
import type * as accountStats from '../../../src/accounts/account-stats.js';
import type * as accountView from '../../../src/accounts/account-view.js';
import type * as checkStates from '../../../src/accounts/check-states.js';
import type * as claimSubscriptions from '../../../src/accounts/claim-subscriptions.js';
import type * as entryAccounts from '../../../src/accounts/entry-accounts.js';
import type * as renewalWork from '../../../src/accounts/renewal-work.js';
import type * as outbox from '../../../src/delivery/outbox.js';
import type * as noticeOutbox from '../../../src/notices/notice-outbox.js';
import type * as attemptList from '../../../src/oauth/attempt-list.js';
import type * as attemptStore from '../../../src/oauth/attempt-store.js';
import type * as cursor from '../../../src/pagination/cursor.js';
import type * as eventList from '../../../src/webhooks/event-list.js';
import type * as groupCommit from '../../../src/sql/group-commit.js';
import type * as eventStore from '../../../src/webhooks/event-store.js';
import type { Cipher } from '../../../src/tokens/cipher.js';

/** What of the server is asked: its sources where a test runs, its build where Node does. */
export type ServerCode = Pick<typeof accountList, 'listAccounts' | 'countAccounts'> &
  Pick<typeof accountView, 'viewFields'> &
  Pick<typeof accountStats, 'countByState' | 'countByKind' | 'forecastExpiry'> &
  Pick<typeof accountLease, 'claimDueAccounts' | 'findDueAccounts'> &
  Pick<typeof claimSubscriptions, 'claimDueSubscriptions' | 'findDueSubscriptions'> &
  Pick<typeof checkStates, 'checkStates'> &
  Pick<typeof renewalWork, 'countDue' | 'recentRenewals'> &
  Pick<typeof entryAccounts, 'findEntryAccounts'> &
  Pick<typeof accountHistory, 'listEvents' | 'pruneEvents'> &
  Pick<typeof attemptList, 'listAttempts'> &
  Pick<typeof attemptStore, 'AttemptStore'> &
  Pick<typeof outbox, 'Outbox'> &
  Pick<typeof noticeOutbox, 'pruneNotices'> &
  Pick<typeof eventList, 'listWebhookEvents'> &
  Pick<typeof eventStore, 'EventStore'> &
  Pick<typeof groupCommit, 'GroupCommit'> &
  Pick<typeof cursor, 'encodeCursor'> & {
    /** Of a key that is nobody's: nothing here is sealed or opened. */
    readonly cipher: Cipher;
  };
