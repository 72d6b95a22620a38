/** What PostgreSQL calls our connections (`pg_stat_activity`): by it a command sees that a server is running. */
export const APPLICATION_NAME = 'moca-connect';
