import type { Driver } from 'kysely';

/**
 * Makes a driver take back the connection of a transaction that could not be begun or rolled back. Kysely's
 * controlled transactions, which MikroORM's are, keep it for ever then: once for each time on PostgreSQL until the
 * pool is used up, and at the first time on SQLite, which has only one.
 */
export function releasingOnFailure(driver: Driver): Driver {
  const begin = driver.beginTransaction.bind(driver);
  const rollback = driver.rollbackTransaction.bind(driver);
  driver.beginTransaction = async (connection, settings) => {
    try {
      await begin(connection, settings);
    } catch (error) {
      await driver.releaseConnection(connection);
      throw error;
    }
  };
  driver.rollbackTransaction = async (connection) => {
    try {
      await rollback(connection);
    } catch (error) {
      await driver.releaseConnection(connection);
      throw error;
    }
  };
  return driver;
}
