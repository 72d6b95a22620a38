import type { MigrationObject } from '@mikro-orm/core';
import { Initial } from './20261122-initial.js';
import { Renewal } from './20261124-renewal.js';
import { Webhooks } from './20261125-webhooks.js';
import { AccountStates } from './20261126-account-states.js';
import { AccountRanges } from './20261127-account-ranges.js';
import { AccountNames } from './20261129-account-names.js';

/** In the order in which they are applied. A migration that was released is never changed. */
export const sqliteMigrations: MigrationObject[] = [
  { name: '20261122-initial', class: Initial },
  { name: '20261124-renewal', class: Renewal },
  { name: '20261125-webhooks', class: Webhooks },
  { name: '20261126-account-states', class: AccountStates },
  { name: '20261127-account-ranges', class: AccountRanges },
  { name: '20261129-account-names', class: AccountNames },
];
