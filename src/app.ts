import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { DestinationStream } from 'pino';
import { AccountFiguresService } from './accounts/account-figures.service.js';
import { joinReferences } from './accounts/account-references.js';
import { AccountRefresher } from './accounts/account-refresher.js';
import { AccountsService } from './accounts/accounts.service.js';
import {
  AccountsResolver,
  InstagramAccountConnectionResolver,
  InstagramAccountFieldsResolver,
  InstagramAccountStatsResolver,
} from './accounts/accounts.resolver.js';
import type { InstagramAccount } from './accounts/instagram-account.type.js';
import { recentRenewals, renewalWork } from './accounts/renewal-work.js';
import { requireKeys } from './accounts/require-keys.js';
import { WebhookSubscriber } from './accounts/webhook-subscriber.js';
import { stateChecks, tidying } from './chores.js';
import type { Config, Secrets } from './config.js';
import { openDatabase } from './database/database.js';
import { createGraphQL } from './graphql/create-graphql.js';
import { createAuthenticator } from './http/create-authenticator.js';
import { createHttpServer } from './http/server.js';
import { createJobRunner } from './jobs/create-job-runner.js';
import { runningApp, type App } from './lifecycle.js';
import { createLogger } from './logger.js';
import type { MetaTimeouts } from './meta/client.js';
import { createMeta } from './meta/create-meta.js';
import { FiguresCache } from './metrics/figures-cache.js';
import { Metrics } from './metrics/metrics.js';
import { readStoredFigures } from './metrics/stored-figures.js';
import { breakerNotice } from './notices/breaker-notice.js';
import { createNoticeSender } from './notices/notice-sender.js';
import { recordNotice, type RecordNotice } from './notices/notice-outbox.js';
import { listAttempts } from './oauth/attempt-list.js';
import { AttemptRunner } from './oauth/attempt-runner.js';
import { AttemptStore } from './oauth/attempt-store.js';
import { AttemptSweeper } from './oauth/attempt-sweeper.js';
import { createAuthUrl } from './oauth/auth-url.js';
import { ConnectService } from './oauth/connect.service.js';
import { OAuthResolver } from './oauth/oauth.resolver.js';
import { passThrough, type Points } from './oauth/pipeline-points.js';
import { defaultScopes } from './oauth/scopes.js';
import { warnOfClock, warnOperator } from './operator-warnings.js';
import { GroupCommit } from './sql/group-commit.js';
import { systemClock, type Clock } from './time.js';
import { Breaker } from './tokens/breaker.js';
import { Cipher } from './tokens/cipher.js';
import { Keyring } from './tokens/keyring.js';
import { LimitStore } from './tokens/limit-store.js';
import { RenewalWorker } from './tokens/renewal-worker.js';
import { createEventForwarder } from './webhooks/event-forwarder.js';
import { listWebhookEvents } from './webhooks/event-list.js';
import { EventStore } from './webhooks/event-store.js';
import { MetaCallbacks } from './webhooks/meta-callbacks.js';
import { signingSecrets } from './webhooks/signing-secrets.js';
import { webhookStatus } from './webhooks/webhook-status.js';
import { WebhooksResolver } from './webhooks/webhooks.resolver.js';

/** Collaborators that a test or the demo puts in the place of the real ones. */
export interface AppOverrides {
  readonly clock?: Clock;
  readonly metaTimeouts?: MetaTimeouts;
  /** Stops the pipeline at a point. */
  readonly points?: Points;
  readonly logDestination?: DestinationStream;
  /** All but the sweeps of attempts begins only by `work()`. */
  readonly worksByHand?: boolean;
  /** Lets callers without a key look at the schema. */
  readonly openIntrospection?: boolean;
  /** Executes by graphql-js alone, as Apollo Server does by itself. */
  readonly plainExecution?: boolean;
}

/**
 * The composition root: makes the collaborators of all features and puts them together. In one straight line: what each
 * of them is given is easier to follow here than in functions that would want fifteen options each.
 *
 * @throws ConfigError when the key ring does not open what is stored
 */
export async function createApp(
  { config, secrets }: { readonly config: Config; readonly secrets: Secrets },
  overrides: AppOverrides = {},
): Promise<App> {
  const { clock = systemClock, points = passThrough } = overrides;
  const { logDestination } = overrides;
  const logger = await createLogger({
    level: config.logLevel,
    pretty: config.logPretty,
    ...(logDestination === undefined ? {} : { destination: logDestination }),
  });
  const metrics = config.metrics
    ? new Metrics({ services: secrets.serviceApiKeys.map(({ name }) => name) })
    : null;
  const shutdown = new AbortController();
  const stopping = shutdown.signal;

  await using opened = new AsyncDisposableStack();
  opened.defer(() => metrics?.close());
  const database = opened.use(await openDatabase(secrets.database, { poolSize: config.databasePoolSize }));
  await database.migrate();
  warnOfClock(logger, await database.clockLeadMs(systemClock));
  const { em } = database;

  const keyring = new Keyring(secrets.encryptionKeys);
  const cipher = new Cipher(keyring);
  await requireKeys(em(), cipher);
  const commits = new GroupCommit(em);
  const limits = new LimitStore(em, commits);
  const meta = opened.use(
    createMeta(config, secrets, {
      clock,
      logger,
      limits,
      timeouts: overrides.metaTimeouts,
      onCall: ({ endpoint, error, durationMs }) =>
        metrics?.metaCalled(endpoint, error?.errorClass ?? null, durationMs),
    }),
  );
  const scopes = config.scopes ?? defaultScopes[config.flow];

  const store = new AttemptStore(em, cipher, randomUUID(), commits);
  const forwards = secrets.events !== null;
  const events = new EventStore({ em, forwards, retentionMs: config.webhookRetentionMs });
  const references = joinReferences([store, events]);
  // Without somewhere to send them, notices would only gather.
  const record: RecordNotice = secrets.notify === null ? () => undefined : recordNotice;
  const breaker = new Breaker({
    em,
    clock,
    recentRenewals: (app, since, except) => recentRenewals(em(), app, since, except),
    announce: (transaction, app, change, at) => record(transaction, breakerNotice(app, change, at)),
    onChange: (app, change) =>
      logger[change === 'opened' ? 'error' : 'info'](
        { event: `breaker.${change}`, app },
        `renewals: breaker ${change}`,
      ),
  });
  const refresher = new AccountRefresher({
    em,
    cipher,
    meta,
    clock,
    limits,
    breaker,
    record,
    logger,
    stopping,
    requestedScopes: scopes,
    onRenewal: (kind, outcome, code) => metrics?.tokenRenewed(kind, outcome, code),
  });
  const accounts = new AccountsService({
    em,
    cipher,
    keyring,
    meta,
    clock,
    logger,
    limits,
    breaker,
    refresher,
    references,
    eraseDeleted: () => database.eraseDeleted(),
    onTokenRead: (kind, actor) => metrics?.tokenRead(kind, actor),
  });
  const renewals = new RenewalWorker({
    work: renewalWork({ em, clock, limits, refresher }),
    breaker,
    stopping,
  });
  const runner = new AttemptRunner({
    references,
    record,
    em,
    commits,
    cipher,
    meta,
    findLimits: (scopes, now) => limits.find(scopes, now),
    clock,
    logger,
    points,
    stopping,
    requestedScopes: scopes,
  });
  const sender =
    secrets.notify === null
      ? null
      : createNoticeSender({
          target: secrets.notify,
          em,
          clock,
          logger,
          stopping,
          onDelivery: (outcome) => metrics?.noticeSent(outcome),
        });
  const forwarder =
    secrets.events === null
      ? null
      : createEventForwarder({ target: secrets.events, em, clock, logger, stopping });
  const subscriber = new WebhookSubscriber({ em, cipher, meta, clock, logger, limits, breaker, stopping });
  const metaCalls = new MetaCallbacks({
    em,
    clock,
    logger,
    events,
    record,
    limits,
    keyring,
    references,
    secrets: signingSecrets(secrets),
    verifyToken: secrets.verifyToken,
    publicUrl: config.publicUrl,
    eraseDeleted: () => database.eraseDeleted(),
  });
  const stateRequired = config.oauthState === 'required';
  const noteUnbound = (call: string): void =>
    logger.warn({ event: 'auth.unbound', call }, 'nothing ties this connection to a browser');
  const connect = new ConnectService<InstagramAccount>({
    store,
    runner,
    keyring,
    clock,
    points,
    stopping,
    stateRequired,
    flow: config.flow,
    redirectUri: config.redirectUri,
    onUnbound: () => noteUnbound('completeInstagramAuth'),
    onRun: (by, end) => metrics?.attemptRan(by, end.status, 'error' in end ? end.error.code : null),
    loadAccount: async (accountId) => accounts.find(accountId),
  });
  const sweeper = new AttemptSweeper({
    store,
    clock,
    logger,
    resume: (attemptId) => connect.resume(attemptId),
  });
  const choreOptions = { em, clock, logger, stopping, record };
  const states = stateChecks(choreOptions, () => database.clockLeadMs(systemClock));
  const tidy = tidying(choreOptions, { attempts: store, limits, events });
  const jobs = [renewals, subscriber, sender, forwarder].filter((job) => job !== null);
  const byHand = overrides.worksByHand ?? false;
  const jobRunner = createJobRunner(byHand ? null : secrets.database, { clock, logger, stopping });

  const { hosts, graphVersion, redirectUri, flow } = config;
  const { clientId } = flow === 'facebook' ? meta.facebookApp : meta.instagramApp;
  const authUrl = createAuthUrl({
    flow,
    hosts,
    graphVersion,
    redirectUri,
    clientId,
    scopes,
    keyring,
    clock,
    challengeRequired: stateRequired,
    onUnbound: () => noteUnbound('authUrl'),
  });
  const { apollo, findOperation } = await createGraphQL(
    [
      new OAuthResolver({
        connect,
        authUrl,
        listAttempts: (outcome, page) => listAttempts(em(), outcome, page),
      }),
      new AccountsResolver(accounts),
      new InstagramAccountFieldsResolver(accounts),
      new InstagramAccountConnectionResolver(accounts),
      new InstagramAccountStatsResolver(new AccountFiguresService(em, clock)),
      new WebhooksResolver({
        listEvents: (accountId, page) => listWebhookEvents(em(), accountId, page),
        status: () => webhookStatus(em(), events, forwards),
      }),
    ],
    {
      logger,
      openIntrospection: overrides.openIntrospection ?? false,
      plainExecution: overrides.plainExecution ?? false,
      onOperation: metrics && ((operation, field, code) => metrics.operationEnded(operation, field, code)),
    },
  );
  opened.defer(() => apollo.stop());
  const figures = new FiguresCache({
    read: () => readStoredFigures(em(), breaker, clock.now()),
    clock,
    logger,
  });
  const http = await createHttpServer({
    config,
    apollo,
    logger,
    clock,
    authenticate: createAuthenticator(config, secrets, { clock, logger }),
    metaCalls,
    readiness: {
      database: () => database.isReachable(),
      renewals: async () =>
        Object.fromEntries((await breaker.states()).map(({ app, state }) => [app, state])),
      stopping,
    },
    findOperation: config.fastPath ? findOperation : null,
    metrics: metrics && {
      onAnswer: (route, method, status, durationMs) => metrics.answered(route, method, status, durationMs),
      onFastAnswer: (operation, field) => metrics.fastAnswered(operation, field),
      text: async () => metrics.text(await figures.get()),
      contentType: metrics.contentType,
    },
  });
  warnOperator(logger, config, clock.now());
  const running = opened.move();

  return runningApp({
    http,
    config,
    logger,
    shutdown,
    begin: () =>
      byHand ? jobRunner.start([], [sweeper]) : jobRunner.start([states, tidy], [sweeper, ...jobs]),
    round: async () => {
      for (const chore of [states, ...jobs, tidy]) await chore.round();
    },
    settled: async () => {
      await Promise.all([connect.settled(), accounts.settled(), jobRunner.settled()]);
      await sweeper.settled();
      await limits.settled();
    },
    end: () => running.disposeAsync(),
  });
}
