import { hostNames } from '../endpoint-names.js';
import { faultNames } from '../faults.js';
import { escapeHtml, htmlPage } from '../markup.js';
import { personaCatalogue } from '../persona-catalogue.js';
import { hostUrl, type Platform } from '../platform.js';
import { worlds } from '../worlds.js';

/** Shows app ids but no secrets: whoever started the sandbox has those. */
export function indexPage(platform: Platform): string {
  const hosts = hostNames.map((host) => `<li><code>${escapeHtml(hostUrl(platform, host))}</code></li>`);
  const apps = worlds.map((world) => `<li>${world}: <code>${platform.apps[world].clientId}</code></li>`);
  const personas = personaCatalogue.map(
    ({ id, title, description, expect }) => `<tr><th scope="row"><code>${id}</code></th>
<td><strong>${escapeHtml(title)}.</strong> ${escapeHtml(description)}
<ul>${worlds.map((world) => `<li>${world}: ${escapeHtml(expect[world])}</li>`).join('')}</ul></td></tr>`,
  );
  return htmlPage(
    'Meta sandbox',
    `<h1>The Meta sandbox</h1>
<p>A stand-in for the parts of Meta that connect an Instagram account. Point an app's base URLs at the five
hosts, give it one of the three apps' credentials, and open its authorization URL: the consent page lets you be
any of the people below. Nothing leaves this machine.</p>
<h2>Hosts</h2>
<ul>${hosts.join('')}</ul>
<h2>Apps</h2>
<ul>${apps.join('')}</ul>
<h2>People</h2>
<p>A number makes another person of the same kind: <code>page-token#2</code>.</p>
<table><tbody>${personas.join('\n')}</tbody></table>
<h2>Controls</h2>
<ul>
<li><code>curl ${platform.url}/sandbox/ledger</code>: every call so far (<code>-X DELETE</code> forgets them)</li>
<li><code>curl -d advanceMs=3600000 ${platform.url}/sandbox/clock</code>: an hour later (or <code>-d set=2027-01-31</code>)</li>
<li><code>curl -d fault=unavailable -d endpoint=me_accounts -d times=2 ${platform.url}/sandbox/faults</code>: trouble
(also <code>persona</code>, <code>minutes</code>, <code>delayMs</code>; <code>-X DELETE</code> ends it)</li>
<li><code>curl -d persona=page-token -d subcode=460 ${platform.url}/sandbox/revoke</code>: kills that person's tokens</li>
<li><code>curl ${platform.url}/sandbox/personas</code>: the table above as JSON</li>
</ul>
<p>Faults: ${faultNames.map((name) => `<code>${name}</code>`).join(' ')}.</p>`,
  );
}
