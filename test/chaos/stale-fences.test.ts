import { expect, test } from 'vitest';
import { MINUTE, SECOND } from '../../src/time.js';
import { openAt } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { attemptsOf, complete } from '../support/outcome.js';
import { runSql } from '../support/sql.js';
import { completeFinally, consentAt } from './consent.js';
import { DUE_AFTER_MS, seedDueAccounts } from './due-accounts.js';
import { clientsOf, createServers, type Servers } from './servers.js';
import { size } from './size.js';

/** As many as a server renews at the same time. */
const ACCOUNTS = 10;
/** Longer than a busy machine takes to stop a process. */
const HELD_MS = 2 * SECOND;
const LEASES_OVER_MS = 5 * MINUTE;

/** Everything that a server that has lost its claims could have written. */
async function everythingIn(servers: Servers): Promise<unknown> {
  const statements = [
    'select * from instagram_account order by account_id',
    'select * from auth_attempt order by id',
    'select * from account_event order by id',
  ];
  return Promise.all(statements.map((statement) => runSql(servers, statement)));
}

test(
  'A server that stood still in the middle of renewals until another one had made them writes nothing when it goes on.',
  {
    timeout: size.timeoutMs,
  },
  async () => {
    await using servers = await createServers('moca');
    const { sandbox } = servers;
    await using database = await openAt(servers.databaseUrl);
    await seedDueAccounts(servers, database, ACCOUNTS);
    sandbox.faults.inject({
      fault: 'delay',
      endpoint: 'refresh_access_token',
      times: ACCOUNTS,
      delayMs: HELD_MS,
    });
    const stopped = await servers.start(DUE_AFTER_MS);
    await sandbox.ledger.waitFor({ endpoint: 'refresh_access_token' }, ACCOUNTS);
    stopped.child.kill('SIGSTOP');
    const other = await servers.start(DUE_AFTER_MS + LEASES_OVER_MS);
    await eventually(async () =>
      expect(
        await runSql(servers, 'select distinct token_version, fence, lease_until from instagram_account'),
      ).toEqual([{ token_version: 2, fence: null, lease_until: null }]),
    );
    other.child.send({ close: true });
    await other.ended;
    const before = await everythingIn(servers);
    stopped.child.kill('SIGCONT');
    // It has ended its renewals when it ends.
    stopped.child.send({ close: true });
    expect(await stopped.ended).toBe(0);
    expect(await everythingIn(servers)).toEqual(before);
  },
);

test.each([
  { where: 'while its code was on its way', endpoint: 'code_exchange', outcome: 'FAILED' },
  { where: 'with its token stored', endpoint: 'fb_exchange_token', outcome: 'SAVED' },
] as const)(
  'A server that stood still in a connection $where until another one had ended it writes nothing when it goes on.',
  { timeout: size.timeoutMs },
  async ({ endpoint, outcome }) => {
    await using servers = await createServers('moca');
    const { sandbox } = servers;
    const stopped = await servers.start(0);
    const callback = await consentAt(clientsOf(stopped).visitor, sandbox, 'page-token');
    sandbox.faults.inject({ fault: 'delay', endpoint, times: 1, delayMs: HELD_MS });
    const completion = complete(clientsOf(stopped), callback);
    await sandbox.ledger.waitFor({ endpoint });
    stopped.child.kill('SIGSTOP');
    // Meta has done it, and its answer waits to be read: only now does the other one begin.
    await eventually(() => expect(sandbox.ledger.calls({ endpoint })[0]?.granted).not.toBeNull());
    const other = await servers.start(LEASES_OVER_MS);
    const { admin } = clientsOf(other);
    await eventually(async () => expect(await attemptsOf({ admin })).toMatchObject([{ outcome }]));
    other.child.send({ close: true });
    await other.ended;
    const before = await everythingIn(servers);
    stopped.child.kill('SIGCONT');
    // It has ended its run when it answers: somebody else had it.
    expect(await completion).toMatchObject({ failure: { extensions: { code: 'CONNECTION_PENDING' } } });
    expect(await everythingIn(servers)).toEqual(before);
    const repeated = await completeFinally(clientsOf(stopped), callback);
    expect('accountId' in repeated).toBe(outcome === 'SAVED');
  },
);
