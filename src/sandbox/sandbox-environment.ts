import type { Sandbox } from './sandbox.js';

/** What a server has to be told to find the sandbox in the place of Meta, by the app of the flow. What is no flow, the server refuses. */
export function sandboxEnvironment(
  { hosts, apps }: Pick<Sandbox, 'hosts' | 'apps'>,
  flow: string,
): Record<string, string> {
  const app = flow === 'instagram' ? apps.instagram : flow === 'facebook' ? apps.facebook : apps.documented;
  return {
    INSTAGRAM_LOGIN_FLOW: flow,
    INSTAGRAM_CLIENT_ID: app.clientId,
    INSTAGRAM_CLIENT_SECRET: app.clientSecret,
    META_FACEBOOK_DIALOG_URL: hosts.facebookDialog,
    META_INSTAGRAM_DIALOG_URL: hosts.instagramDialog,
    META_INSTAGRAM_API_URL: hosts.instagramApi,
    META_INSTAGRAM_GRAPH_URL: hosts.instagramGraph,
    META_FACEBOOK_GRAPH_URL: hosts.facebookGraph,
  };
}
