/** What Meta offers over HTTP and a person uses in a browser, by the names that ledger and faults know. */
export const endpointNames = [
  'dialog',
  'consent',
  'code_exchange',
  'fb_exchange_token',
  'client_credentials',
  'ig_exchange_token',
  'refresh_access_token',
  'ig_me',
  'fb_me',
  'me_accounts',
  'me_businesses',
  'owned_pages',
  'client_pages',
  'page_profile',
  'ig_user',
  'me_permissions',
  'revoke_permissions',
  'subscribe_webhooks',
  'list_subscriptions',
  'unsubscribe_webhooks',
  'debug_token',
  // A path or method that the sandbox's Meta does not have.
  'unknown',
  // A path outside Meta's five hosts: nobody who follows only Meta's documentation comes here.
  'elsewhere',
] as const;

export type EndpointName = (typeof endpointNames)[number];

/** Meta's hosts, each served under its name as the first part of the path. */
export const hostNames = [
  'www.facebook.com',
  'www.instagram.com',
  'api.instagram.com',
  'graph.instagram.com',
  'graph.facebook.com',
] as const;

export type HostName = (typeof hostNames)[number];
