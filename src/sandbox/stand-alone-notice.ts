import type { Sandbox } from './sandbox.js';
import type { AppCredentials } from './worlds.js';

/**
 * What somebody who starts the sandbox needs to know: ready to paste into an environment file. People are sent back to
 * `redirectUri`, which the sandbox has to know.
 */
export function standAloneNotice(sandbox: Sandbox, redirectUri: string): string {
  const { hosts, apps, personas, url } = sandbox;
  const width = Math.max(...personas.map((persona) => persona.id.length));
  return `Meta sandbox: ${url}/

# Meta's hosts
META_FACEBOOK_DIALOG_URL=${hosts.facebookDialog}
META_INSTAGRAM_DIALOG_URL=${hosts.instagramDialog}
META_INSTAGRAM_API_URL=${hosts.instagramApi}
META_INSTAGRAM_GRAPH_URL=${hosts.instagramGraph}
META_FACEBOOK_GRAPH_URL=${hosts.facebookGraph}

# Where people come back to: the server's own page
INSTAGRAM_REDIRECT_URI=${redirectUri}

# One of the three apps; their credentials are made up anew at every start
${credentials('moca', apps.documented)}

${credentials('instagram', apps.instagram)}

${credentials('facebook', apps.facebook)}

People at the consent page:
${personas.map(({ id, description }) => `  ${id.padEnd(width)}  ${description}`).join('\n')}
`;
}

function credentials(flow: string, app: AppCredentials): string {
  return `INSTAGRAM_LOGIN_FLOW=${flow}
INSTAGRAM_CLIENT_ID=${app.clientId}
INSTAGRAM_CLIENT_SECRET=${app.clientSecret}`;
}
