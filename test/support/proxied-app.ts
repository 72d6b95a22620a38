import type { LoginFlow } from '../../src/login-flow.js';
import { createMetaProxy, type GivenAnswer, type MetaProxy } from './meta-proxy.js';
import { createTestApp, type TestApp } from './test-app.js';

const RENEWAL_PATH = '/refresh_access_token';

/** An app with a proxy before three of the sandbox's hosts. Proxies end after the app. */
export interface ProxiedApp extends TestApp {
  readonly instagramApi: MetaProxy;
  readonly instagramGraph: MetaProxy;
  readonly facebookGraph: MetaProxy;
}

/** For what Meta may answer and the sandbox does not. */
export async function createProxiedApp(flow: LoginFlow = 'moca'): Promise<ProxiedApp> {
  const [instagramApi, instagramGraph, facebookGraph] = await Promise.all([
    createMetaProxy(),
    createMetaProxy(),
    createMetaProxy(),
  ]);
  const proxies = { instagramApi, instagramGraph, facebookGraph };
  const moca = await createTestApp({
    flow,
    env: {
      META_INSTAGRAM_API_URL: instagramApi.url,
      META_INSTAGRAM_GRAPH_URL: instagramGraph.url,
      META_FACEBOOK_GRAPH_URL: facebookGraph.url,
    },
  });
  instagramApi.forwardTo(moca.sandbox.hosts.instagramApi);
  instagramGraph.forwardTo(moca.sandbox.hosts.instagramGraph);
  facebookGraph.forwardTo(moca.sandbox.hosts.facebookGraph);
  const dispose = async (): Promise<void> => {
    await moca[Symbol.asyncDispose]();
    for (const proxy of Object.values(proxies)) await proxy[Symbol.asyncDispose]();
  };
  // Its getters stay alive: the app can be restarted.
  return Object.assign(Object.create(moca) as TestApp, proxies, { [Symbol.asyncDispose]: dispose });
}

/** What Meta says of a token that the person has taken back. */
export const REVOKED: GivenAnswer = {
  status: 400,
  body: { error: { message: 'Revoked.', type: 'OAuthException', code: 190, error_subcode: 458 } },
};

export interface HeldRenewals {
  /** Resolves when a renewal has reached Meta. */
  readonly arrived: Promise<void>;
  /** Lets Meta answer: as it would, or as the test says. */
  release(answer?: GivenAnswer): void;
}

/** Holds up whatever renews a token at graph.instagram.com. */
export function holdRenewals({ instagramGraph }: ProxiedApp): HeldRenewals {
  const arrival = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<GivenAnswer | null>();
  instagramGraph.intercept(({ path }) => {
    if (path !== RENEWAL_PATH) return null;
    arrival.resolve();
    return answer.promise;
  });
  return { arrived: arrival.promise, release: (given) => answer.resolve(given ?? null) };
}

/** How many renewals have reached graph.instagram.com. */
export function countRenewals({ instagramGraph }: ProxiedApp): number {
  return instagramGraph.calls.filter(({ path }) => path === RENEWAL_PATH).length;
}
