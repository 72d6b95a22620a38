import Database from 'better-sqlite3';

/** How many changes of settings a database holds, by its events and by its accounts' versions. */
export function writtenChanges(path: string): { events: number; versions: number } {
  const database = new Database(path, { readonly: true });
  try {
    const row = database
      .prepare<[], { events: number; versions: number }>(
        `select (select count(*) from account_event where type = 'settings_changed' and actor = 'admin:bench') as events,
           (select sum(settings_version - 1) from instagram_account) as versions`,
      )
      .get();
    return row ?? { events: 0, versions: 0 };
  } finally {
    database.close();
  }
}
