import type { Answer } from './answer.js';
import type { Call } from './call.js';
import { giveConsent, showDialog } from './dialog/consent.js';
import type { EndpointName, HostName } from './endpoint-names.js';
import { listBusinesses, listClientPages, listOwnedPages } from './facebook/businesses.js';
import { giveAppToken } from './facebook/client-credentials.js';
import { exchangeFacebookCode } from './facebook/code-exchange.js';
import { debugToken } from './facebook/debug-token.js';
import { exchangeForLongLivedUserToken } from './facebook/fb-exchange-token.js';
import { listAccounts } from './facebook/me-accounts.js';
import { deletePermissions, listPermissions } from './facebook/permissions.js';
import { listPageSubscriptions, subscribeToPage, unsubscribePage } from './facebook/subscribed-apps.js';
import { readFacebookMe, readInstagramUser, readPage } from './facebook/single-nodes.js';
import { Refusal } from './graph-error.js';
import * as errors from './graph-errors.js';
import { exchangeInstagramCode } from './instagram/code-exchange.js';
import { exchangeForLongLived, refreshAccessToken } from './instagram/long-lived-tokens.js';
import { readInstagramMe } from './instagram/me.js';
import {
  listAccountSubscriptions,
  subscribeToAccount,
  unsubscribeAccount,
} from './instagram/subscribed-apps.js';
import type { Platform } from './platform.js';

export interface Endpoint {
  readonly name: EndpointName;
  answer(platform: Platform, call: Call): Answer;
}

interface Route extends Endpoint {
  readonly host: HostName;
  readonly methods: readonly string[];
  /** Without the version. `{id}` is any number, `{ig-id}` a professional account's, `*` anything. */
  readonly path: string;
  /** Where one path serves several. An absent `grant_type` is a code exchange at graph.facebook.com. */
  readonly grantType?: string;
}

/** The first that fits answers. */
const routes: readonly Route[] = [
  ...dialogRoutes('www.facebook.com', 'dialog/oauth'),
  ...dialogRoutes('www.instagram.com', 'oauth/authorize'),
  // The older host, which Meta's reference still names.
  ...dialogRoutes('api.instagram.com', 'oauth/authorize'),
  {
    name: 'code_exchange',
    host: 'api.instagram.com',
    // That a GET is answered like a form without fields is a guess.
    methods: ['POST', 'GET'],
    path: 'oauth/access_token',
    answer: exchangeInstagramCode,
  },
  {
    name: 'ig_exchange_token',
    host: 'graph.instagram.com',
    methods: ['GET'],
    path: 'access_token',
    grantType: 'ig_exchange_token',
    answer: exchangeForLongLived,
  },
  {
    name: 'refresh_access_token',
    host: 'graph.instagram.com',
    methods: ['GET'],
    path: 'refresh_access_token',
    grantType: 'ig_refresh_token',
    answer: refreshAccessToken,
  },
  { name: 'ig_me', host: 'graph.instagram.com', methods: ['GET'], path: 'me', answer: readInstagramMe },
  {
    name: 'fb_exchange_token',
    host: 'graph.facebook.com',
    methods: ['GET', 'POST'],
    path: 'oauth/access_token',
    grantType: 'fb_exchange_token',
    answer: exchangeForLongLivedUserToken,
  },
  {
    name: 'client_credentials',
    host: 'graph.facebook.com',
    methods: ['GET', 'POST'],
    path: 'oauth/access_token',
    grantType: 'client_credentials',
    answer: giveAppToken,
  },
  {
    name: 'code_exchange',
    host: 'graph.facebook.com',
    methods: ['GET', 'POST'],
    path: 'oauth/access_token',
    answer: exchangeFacebookCode,
  },
  facebookGet('me_accounts', 'me/accounts', listAccounts),
  facebookGet('me_businesses', 'me/businesses', listBusinesses),
  facebookGet('owned_pages', '{id}/owned_pages', listOwnedPages),
  facebookGet('client_pages', '{id}/client_pages', listClientPages),
  facebookGet('debug_token', 'debug_token', debugToken),
  ...['me/permissions', '{id}/permissions'].map((path) =>
    facebookGet('me_permissions', path, listPermissions),
  ),
  ...['me/permissions', 'me/permissions/*', '{id}/permissions', '{id}/permissions/*'].map((path): Route => ({
    ...facebookGet('revoke_permissions', path, deletePermissions),
    methods: ['DELETE'],
  })),
  facebookGet('list_subscriptions', '{id}/subscribed_apps', listPageSubscriptions),
  { ...facebookGet('subscribe_webhooks', '{id}/subscribed_apps', subscribeToPage), methods: ['POST'] },
  { ...facebookGet('unsubscribe_webhooks', '{id}/subscribed_apps', unsubscribePage), methods: ['DELETE'] },
  {
    name: 'revoke_permissions',
    host: 'graph.instagram.com',
    methods: ['DELETE'],
    path: 'me/permissions',
    // Many clients call it and ignore what comes of it; nobody has shown that it works.
    answer: refuseUnknown,
  },
  accountSubscriptions('list_subscriptions', 'GET', listAccountSubscriptions),
  accountSubscriptions('subscribe_webhooks', 'POST', subscribeToAccount),
  accountSubscriptions('unsubscribe_webhooks', 'DELETE', unsubscribeAccount),
  facebookGet('fb_me', 'me', readFacebookMe),
  facebookGet('ig_user', '{ig-id}', readInstagramUser),
  facebookGet('page_profile', '{id}', readPage),
];

export function findEndpoint(call: Call): Endpoint {
  return routes.find((route) => fits(route, call)) ?? { name: 'unknown', answer: refuseUnknown };
}

function fits(route: Route, call: Call): boolean {
  if (route.host !== call.host || !route.methods.includes(call.method)) return false;
  if (route.grantType !== undefined && route.grantType !== call.params['grant_type']) return false;
  const pattern = route.path.split('/');
  return (
    pattern.length === call.segments.length &&
    pattern.every((part, place) => fitsPart(part, call.segments[place]))
  );
}

function fitsPart(pattern: string, segment = ''): boolean {
  if (pattern === '*') return true;
  if (pattern === '{id}') return /^\d+$/.test(segment);
  if (pattern === '{ig-id}') return /^1784\d{13}$/.test(segment);
  return pattern === segment;
}

function accountSubscriptions(name: EndpointName, method: string, answer: Endpoint['answer']): Route {
  return { name, host: 'graph.instagram.com', methods: [method], path: '{ig-id}/subscribed_apps', answer };
}

function refuseUnknown(_platform: Platform, call: Call): Answer {
  throw new Refusal(
    call.host === 'graph.instagram.com'
      ? errors.unsupportedRequest(call.method)
      : errors.unknownPath(call.segments.join('/')),
  );
}

function dialogRoutes(host: HostName, path: string): readonly Route[] {
  return [
    { name: 'dialog', host, methods: ['GET'], path, answer: showDialog },
    { name: 'consent', host, methods: ['POST'], path, answer: giveConsent },
  ];
}

function facebookGet(name: EndpointName, path: string, answer: Endpoint['answer']): Route {
  return { name, host: 'graph.facebook.com', methods: ['GET'], path, answer };
}
