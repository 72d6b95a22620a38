import type { Demo } from './demo.js';

/** What somebody who starts the demo needs to know. */
export function demoNotice({ url, sandbox, adminKey, serviceKey, seeded }: Demo): string {
  return `Moca Connect is running, with a sandbox in the place of Meta.

  Connect an account   ${url}/
  GraphQL (POST)       ${url}/graphql
  Sandbox              ${sandbox.url}/   (people, faults, clock, webhooks)

  Admin key            ${adminKey}
  Service key          ${serviceKey}
  Verify token         ${sandbox.push.verifyToken}

  Connected already    ${seeded.join(', ')}

List the accounts:

  curl -s ${url}/graphql \\
    -H 'content-type: application/json' -H 'authorization: Bearer ${adminKey}' \\
    -d '{"query":"{ instagramAccounts { edges { node { accountName tokenStatus { kind state expiresAt } } } } }"}'

Everything is thrown away when you stop it (Ctrl-C).`;
}
