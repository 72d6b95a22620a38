/** Base URLs of the hosts that the server calls. They may carry a path, and never end with a slash. */
export interface MetaHosts {
  readonly instagramApi: string;
  readonly instagramGraph: string;
  readonly facebookGraph: string;
}

/** Base URLs of the pages that a person is sent to. */
export interface DialogHosts {
  readonly facebookDialog: string;
  readonly instagramDialog: string;
}

/** Every endpoint of Meta that this server calls, by the name that errors, logs and steps use. */
export type Endpoint =
  | 'code_exchange'
  | 'fb_exchange_token'
  | 'ig_exchange_token'
  | 'refresh_access_token'
  | 'me_accounts'
  | 'me_businesses'
  | 'owned_pages'
  | 'client_pages'
  | 'page_profile'
  | 'ig_me'
  | 'fb_me'
  | 'me_permissions'
  | 'debug_token'
  | 'revoke_permissions'
  | 'subscribe_webhooks'
  | 'unsubscribe_webhooks';
