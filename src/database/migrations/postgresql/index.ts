import type { MigrationObject } from '@mikro-orm/core';
import { Initial } from './20261125-initial.js';
import { AccountRanges } from './20261127-account-ranges.js';
import { AccountNames } from './20261129-account-names.js';

/** In the order in which they are applied. A migration that was released is never changed. */
export const postgresqlMigrations: MigrationObject[] = [
  { name: '20261125-initial', class: Initial },
  { name: '20261127-account-ranges', class: AccountRanges },
  { name: '20261129-account-names', class: AccountNames },
];
