import { createHmac } from 'node:crypto';
import type { Sandbox } from '../../src/sandbox/sandbox.js';

/** An HTTP answer with its body still as text: ids above 2^53 are readable only there. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; reading it fails where the text is no JSON. */
  // Tests assert on every value that they take from it.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export type WorldName = 'documented' | 'instagram' | 'facebook';

export const REDIRECT_URI = 'https://moca.pages.dev/instagram-callback';

export const scopesOf: Readonly<Record<WorldName, string>> = {
  documented:
    'instagram_business_basic,instagram_business_manage_messages,instagram_business_manage_comments,instagram_business_content_publish,instagram_business_manage_insights,pages_show_list,pages_messaging',
  instagram:
    'instagram_business_basic,instagram_business_manage_messages,instagram_business_manage_comments,instagram_business_content_publish,instagram_business_manage_insights',
  facebook:
    'instagram_basic,instagram_manage_messages,instagram_manage_comments,instagram_content_publish,instagram_manage_insights,pages_show_list,pages_read_engagement,business_management',
};

async function read(response: Response): Promise<WireAnswer> {
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    get body() {
      return JSON.parse(text) as unknown;
    },
  };
}

export type Values = Readonly<Record<string, string>>;

export async function get(url: string, params: Values = {}, headers: Values = {}): Promise<WireAnswer> {
  const query = new URLSearchParams(params).toString();
  return read(await fetch(query === '' ? url : `${url}?${query}`, { headers, redirect: 'manual' }));
}

export async function send(method: string, url: string, form: Values = {}): Promise<WireAnswer> {
  return read(await fetch(url, { method, body: new URLSearchParams(form), redirect: 'manual' }));
}

export function authorizationUrl(sandbox: Sandbox, world: WorldName, changes: Values = {}): string {
  const base =
    world === 'instagram'
      ? `${sandbox.hosts.instagramDialog}/oauth/authorize`
      : `${sandbox.hosts.facebookDialog}/v21.0/dialog/oauth`;
  const query = new URLSearchParams({
    client_id: sandbox.apps[world].clientId,
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: scopesOf[world],
    state: 'a-state',
    ...changes,
  });
  return `${base}?${query.toString()}`;
}

/** What the dialog hands out when this persona consents. */
export async function codeOf(
  sandbox: Sandbox,
  world: WorldName,
  persona: string,
  changes: Values = {},
): Promise<string> {
  const back = await sandbox.consent(authorizationUrl(sandbox, world, changes), persona);
  const code = back.searchParams.get('code');
  if (code === null) throw new Error(`There is no code in ${back.toString()}`);
  return code;
}

export function exchangeFields(sandbox: Sandbox, world: WorldName, code: string): Values {
  return {
    client_id: sandbox.apps[world].clientId,
    client_secret: sandbox.apps[world].clientSecret,
    grant_type: 'authorization_code',
    redirect_uri: REDIRECT_URI,
    code,
  };
}

/** Redeems a code where its world does. */
export async function exchange(sandbox: Sandbox, world: WorldName, code: string): Promise<WireAnswer> {
  const fields = exchangeFields(sandbox, world, code);
  return world === 'facebook'
    ? get(`${sandbox.hosts.facebookGraph}/v21.0/oauth/access_token`, fields)
    : send('POST', `${sandbox.hosts.instagramApi}/oauth/access_token`, fields);
}

/** The first token that this persona's consent leads to. */
export async function shortToken(
  sandbox: Sandbox,
  world: WorldName,
  persona: string,
  changes: Values = {},
): Promise<string> {
  const answer = await exchange(sandbox, world, await codeOf(sandbox, world, persona, changes));
  return tokenIn(answer);
}

/** The token in an answer of any of the four shapes. */
export function tokenIn(answer: WireAnswer): string {
  const token = /"access_token":"([^"]+)"/.exec(answer.text)?.[1];
  if (token === undefined)
    throw new Error(`There is no token in the answer: ${answer.status} ${answer.text}`);
  return token;
}

export function fbExchange(sandbox: Sandbox, world: WorldName, token: string): Promise<WireAnswer> {
  return get(`${sandbox.hosts.facebookGraph}/v21.0/oauth/access_token`, {
    grant_type: 'fb_exchange_token',
    client_id: sandbox.apps[world].clientId,
    client_secret: sandbox.apps[world].clientSecret,
    fb_exchange_token: token,
  });
}

export function igExchange(sandbox: Sandbox, world: WorldName, token: string): Promise<WireAnswer> {
  return get(`${sandbox.hosts.instagramGraph}/access_token`, {
    grant_type: 'ig_exchange_token',
    client_secret: sandbox.apps[world].clientSecret,
    access_token: token,
  });
}

export function igRefresh(sandbox: Sandbox, token: string): Promise<WireAnswer> {
  return get(`${sandbox.hosts.instagramGraph}/refresh_access_token`, {
    grant_type: 'ig_refresh_token',
    access_token: token,
  });
}

/** Dialog, exchange and the exchange for a token of 60 days, each as its world does it. */
export async function longToken(
  sandbox: Sandbox,
  world: WorldName,
  persona: string,
  changes: Values = {},
): Promise<string> {
  const short = await shortToken(sandbox, world, persona, changes);
  return tokenIn(
    short.startsWith('EAA')
      ? await fbExchange(sandbox, world, short)
      : await igExchange(sandbox, world, short),
  );
}

/** `GET` on graph.facebook.com with a token. */
export function facebook(
  sandbox: Sandbox,
  path: string,
  token: string,
  params: Values = {},
): Promise<WireAnswer> {
  return get(`${sandbox.hosts.facebookGraph}/v21.0/${path}`, { access_token: token, ...params });
}

/** `GET` on graph.instagram.com with a token. */
export function instagram(
  sandbox: Sandbox,
  path: string,
  token: string,
  params: Values = {},
): Promise<WireAnswer> {
  return get(`${sandbox.hosts.instagramGraph}/v21.0/${path}`, { access_token: token, ...params });
}

export const ACCOUNT_FIELDS =
  'id,name,access_token,instagram_business_account{id,username,name,profile_picture_url}';

export function proofOf(token: string, secret: string): string {
  return createHmac('sha256', secret).update(token).digest('hex');
}

/** The numbers of a Graph refusal, for one comparison. */
export function refusal(answer: WireAnswer): {
  status: number;
  code: unknown;
  subcode: unknown;
  message: unknown;
} {
  const { error } = answer.body as { error: Record<string, unknown> };
  return {
    status: answer.status,
    code: error['code'],
    subcode: error['error_subcode'],
    message: error['message'],
  };
}
