import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { DestinationStream } from 'pino';
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
import { WebhookSubscriber } from './accounts/webhook-subscriber.js';
import { ConfigError, type Config, type Secrets } from './config.js';
import { openDatabase, type Database } from './database/database.js';
import { createApolloServer } from './graphql/apollo-server.js';
import { buildGraphQLSchema } from './graphql/build-schema.js';
import { ApiKeys } from './http/api-keys.js';
import { authenticator } from './http/authenticate.js';
import { IdentityTokens } from './http/identity-tokens.js';
import { RemoteKeys } from './http/remote-keys.js';
import { createHttpServer } from './http/server.js';
import { createLogger, type Logger } from './logger.js';
import { MetaClient, type MetaCallReport, type MetaTimeouts } from './meta/client.js';
import { graphVersionWarning } from './meta/graph-version.js';
import type { Meta } from './meta/meta.js';
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
import { authUrl } from './oauth/auth-url.js';
import { ConnectService } from './oauth/connect.service.js';
import { OAuthResolver } from './oauth/oauth.resolver.js';
import { passThrough, type Points } from './oauth/pipeline-points.js';
import { defaultScopes } from './oauth/scopes.js';
import { SECOND, systemClock, type Clock } from './time.js';
import { Breaker } from './tokens/breaker.js';
import { Cipher, SealBrokenError } from './tokens/cipher.js';
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
import { within } from './within.js';

/** When the server stops, open requests have this long to be answered, and runs to reach their next commit. */
const SETTLE_MS = 20 * SECOND;

/** Leases last from half a minute on; a clock that is wrong by more than this is not looked after. */
const WARN_OF_CLOCK_MS = 2 * SECOND;

/** Collaborators that a test or the demo puts in the place of the real ones. */
export interface AppOverrides {
  readonly clock?: Clock;
  readonly metaTimeouts?: MetaTimeouts;
  /** Stops the pipeline at a point. */
  readonly points?: Points;
  readonly logDestination?: DestinationStream;
  /** Renewals, subscriptions, notices and events begin only by `work()`. */
  readonly worksByHand?: boolean;
  /** Lets callers without a key look at the schema. */
  readonly openIntrospection?: boolean;
}

/** The running server. */
export interface App extends AsyncDisposable {
  readonly logger: Logger;
  /** Begins to accept requests; resolves to its own base URL. */
  listen(): Promise<string>;
  /** One round of the worker, now: every renewal, subscription, notice and event that is due. */
  work(): Promise<void>;
  /**
   * Stops in order: not ready any more → no new sweeps → waiting calls are answered → open requests end → runs
   * reach their next commit and let go of their attempts → connections close. Safe to call twice.
   */
  close(): Promise<void>;
}

/**
 * The composition root: the only place that makes the parts and puts them together.
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

  const database = await openDatabase(secrets.database, { poolSize: config.databasePoolSize });
  await database.migrate();
  warnOfClock(logger, await database.clockLeadMs(systemClock));
  const { em } = database;

  const keyring = new Keyring(secrets.encryptionKeys);
  const cipher = new Cipher(keyring);
  const limits = new LimitStore(em);
  const logCall = callLog(logger);
  const metaClient = new MetaClient({
    hosts: config.hosts,
    clock,
    onCall: (report) => {
      logCall(report);
      metrics?.metaCalled(report.endpoint, report.error?.errorClass ?? null, report.durationMs);
    },
    limits,
    onLimitsLost: (err) => logger.error({ err }, "one of Meta's limits could not be kept"),
    ...(overrides.metaTimeouts === undefined ? {} : { timeouts: overrides.metaTimeouts }),
  });
  const meta: Meta = {
    client: metaClient,
    graphVersion: config.graphVersion,
    instagramApp: { clientId: config.instagramClientId, clientSecret: secrets.instagramClientSecret },
    facebookApp: { clientId: config.facebookClientId, clientSecret: secrets.facebookClientSecret },
  };
  const scopes = config.scopes ?? defaultScopes[config.flow];

  const store = new AttemptStore(em, cipher, randomUUID());
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
  const renewals = renewalWork({ em, clock, limits, refresher, record });
  const worker = new RenewalWorker({
    work: {
      ...renewals,
      tidy: async () => {
        await renewals.tidy();
        const lost = await events.prune(clock.now());
        if (lost > 0) logger.error({ event: 'webhook.lost', lost }, 'events were removed unforwarded');
      },
    },
    breaker,
    clock,
    logger,
    stopping,
  });
  await requireKeys(accounts, database);
  const runner = new AttemptRunner({
    references,
    record,
    em,
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
    loadAccount: (accountId) => accounts.find(accountId),
  });
  const sweeper = new AttemptSweeper({
    store,
    clock,
    logger,
    stopping,
    resume: (attemptId) => connect.resume(attemptId),
  });

  const { hosts, graphVersion, redirectUri, flow } = config;
  const { clientId } = flow === 'facebook' ? meta.facebookApp : meta.instagramApp;
  const urlOptions = {
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
  };
  const schema = buildGraphQLSchema([
    new OAuthResolver({
      connect,
      authUrl: (challenge, forceReauth) => authUrl(urlOptions, challenge, forceReauth),
      listAttempts: (outcome, page) => listAttempts(em(), outcome, page),
    }),
    new AccountsResolver(accounts),
    new InstagramAccountFieldsResolver(accounts),
    new InstagramAccountConnectionResolver(accounts),
    new InstagramAccountStatsResolver(accounts),
    new WebhooksResolver({
      listEvents: (accountId, page) => listWebhookEvents(em(), accountId, page),
      status: () => webhookStatus(em(), events, forwards),
    }),
  ]);
  const apollo = createApolloServer({
    schema,
    logger,
    openIntrospection: overrides.openIntrospection ?? false,
    onOperation: metrics && ((operation, field, code) => metrics.operationEnded(operation, field, code)),
  });
  await apollo.start();
  const figures = new FiguresCache({
    read: () => readStoredFigures(em(), breaker, clock.now()),
    clock,
    logger,
  });
  const { identityProvider } = config;
  const identityTokens =
    identityProvider === null
      ? null
      : new IdentityTokens({
          ...identityProvider,
          keys: new RemoteKeys({ url: identityProvider.jwksUrl, clock, logger }),
          clock,
          logger,
        });
  const http = await createHttpServer({
    config,
    apollo,
    logger,
    authenticate: authenticator(
      new ApiKeys({ admin: secrets.adminApiKeys, service: secrets.serviceApiKeys }),
      identityTokens,
    ),
    metaCalls,
    readiness: {
      database: () => database.isReachable(),
      renewals: async () =>
        Object.fromEntries((await breaker.states()).map(({ app, state }) => [app, state])),
      stopping,
    },
    metrics: metrics && {
      onAnswer: (route, method, status, durationMs) => metrics.answered(route, method, status, durationMs),
      text: async () => metrics.text(await figures.get()),
      contentType: metrics.contentType,
    },
  });
  warnOperator(logger, config, clock.now());

  const workOnce = async (): Promise<void> => {
    await worker.round();
    await subscriber.round();
    await sender?.deliverDue();
    await forwarder?.deliverDue();
  };
  let byHand: Promise<void> = Promise.resolve();
  const settle = async (): Promise<void> => {
    await http.close();
    await Promise.all([
      connect.settled(),
      sweeper.settled(),
      worker.settled(),
      accounts.settled(),
      subscriber.settled(),
      sender?.settled(),
      forwarder?.settled(),
      byHand.catch(() => undefined),
    ]);
    await limits.settled();
  };
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    shutdown.abort();
    // Real time: what hangs must not keep the process, whatever the injected clock says.
    await within(systemClock, SETTLE_MS, settle());
    metrics?.close();
    await apollo.stop();
    await metaClient[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  };
  const closeOnce = (): Promise<void> => (closing ??= close());
  return {
    logger,
    listen: async () => {
      await http.listen({ host: config.host, port: config.port });
      if (config.worker) {
        sweeper.start();
        if (!overrides.worksByHand) {
          worker.start();
          subscriber.start();
          sender?.start();
          forwarder?.start();
        }
      }
      const { port } = http.server.address() as AddressInfo;
      logger.info({ host: config.host, port, flow }, 'listening');
      return `http://localhost:${port}`;
    },
    work: () => (byHand = workOnce()),
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}

/**
 * One line for each call. A refusal is nothing unusual (the ladder falls back), so it has no stack: what comes
 * of it is logged where it is decided.
 */
function callLog(logger: Logger): (report: MetaCallReport) => void {
  let servedBefore: string | null = null;
  return ({ error, servedByVersion, ...call }) => {
    if (error === null) logger.debug(call, 'Meta answered');
    else {
      const { errorClass, code: errorCode, meta, diagnosis } = error;
      logger.info(
        { ...call, errorClass, errorCode, meta, diagnosis },
        'Meta refused a call, or could not be asked',
      );
    }
    // Meta serves the calls of a version that has ended with the next one, silently.
    if (servedByVersion === null || servedByVersion === servedBefore) return;
    servedBefore = servedByVersion;
    logger.warn({ servedByVersion }, 'Meta answers with another Graph API version than META_GRAPH_VERSION');
  };
}

/** A server with the keys of another database could connect accounts, and serve none of those that it has. */
async function requireKeys(accounts: AccountsService, database: Database): Promise<void> {
  try {
    await accounts.requireReadableTokens();
  } catch (error) {
    await database[Symbol.asyncDispose]();
    if (!(error instanceof SealBrokenError)) throw error;
    throw new ConfigError([`TOKEN_ENCRYPTION_KEYS: ${error.message}`]);
  }
}

/** Leases are compared by the clock of whoever looks, so the clocks of all replicas have to agree. */
function warnOfClock(logger: Logger, leadMs: number): void {
  if (Math.abs(leadMs) <= WARN_OF_CLOCK_MS) return;
  logger.warn(
    { leadMs: Math.round(leadMs) },
    "the database's clock and this machine's differ: set them right",
  );
}

function warnOperator(logger: Logger, config: Config, now: Date): void {
  const ending = graphVersionWarning(config.graphVersion, now);
  if (ending !== null) logger.warn(ending);
  if (config.oauthState === 'optional') {
    logger.warn(
      'OAUTH_STATE=optional accepts connections without a state, which nothing ties to a browser: set it to required.',
    );
  }
}
