import { hostNames } from '../endpoint-names.js';
import { faultNames } from '../faults.js';
import { escapeHtml, htmlPage } from '../markup.js';
import { personaCatalogue } from '../persona-catalogue.js';
import { entryKinds } from '../push/entries.js';
import { hostUrl, type Platform } from '../platform.js';
import type { Push } from '../push/push.js';
import { worlds } from '../worlds.js';

/** Shows app ids but no secrets: whoever started the sandbox has those. */
export function indexPage(platform: Platform, push: Push): string {
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
<h2 id="pushes">What Meta sends</h2>
${pushForms(push, platform.people.consented())}
<h2>Controls</h2>
<ul>
<li><code>curl ${platform.url}/sandbox/ledger</code>: every call so far (<code>-X DELETE</code> forgets them)</li>
<li><code>curl -d advanceMs=3600000 ${platform.url}/sandbox/clock</code>: an hour later (or <code>-d set=2027-01-31</code>);
the demo's server goes by this clock, too</li>
<li><code>curl -d fault=unavailable -d endpoint=me_accounts -d times=2 ${platform.url}/sandbox/faults</code>: trouble
(also <code>persona</code>, <code>minutes</code>, <code>delayMs</code>; <code>-X DELETE</code> ends it)</li>
<li><code>curl -d persona=page-token -d subcode=460 ${platform.url}/sandbox/revoke</code>: kills that person's tokens</li>
<li><code>curl -d persona=page-token -d kind=message -d updates=10 -d times=2 ${platform.url}/sandbox/webhooks</code>:
ten messages in one notification, sent twice (also <code>text</code>, <code>wrapped</code>); without <code>-d</code>, what was
sent so far. What is not taken is sent again for 36 hours of the sandbox's clock.</li>
<li><code>curl ${platform.url}/sandbox/personas</code>: the table above as JSON</li>
</ul>
<p>Faults: ${faultNames.map((name) => `<code>${name}</code>`).join(' ')}.</p>`,
  );
}

/** One form for each: a person, what happens, and a button. Before anybody has consented, everybody is offered. */
function pushForms({ appUrl, verifyToken }: Push, consented: readonly string[]): string {
  const people = consented.length > 0 ? consented : personaCatalogue.map(({ id }) => id);
  const options = people.map((id) => `<option>${escapeHtml(id)}</option>`).join('');
  const persona = `<label>Who <select name="persona">${options}</select></label>`;
  const kinds = entryKinds.map((kind) => `<option>${kind}</option>`).join('');
  return `<p>${
    appUrl === null
      ? 'Say first where your server is.'
      : `To <code>${escapeHtml(appUrl)}</code>, about people who are connected there.`
  }</p>
<form class="push" method="post" action="/sandbox/app">
<label>Your server <input name="url" value="${escapeHtml(appUrl ?? 'http://localhost:4000')}" required></label>
<label>Verify token <input name="verifyToken" value="${escapeHtml(verifyToken ?? '')}"></label>
<button>Verify and save</button>
</form>
<form class="push" method="post" action="/sandbox/webhooks">
${persona}
<label>What <select name="kind">${kinds}</select></label>
<label>Text <input name="text"></label>
<label>Updates <input name="updates" value="1" inputmode="numeric"></label>
<label>Times <input name="times" value="1" inputmode="numeric"></label>
<button>Send</button>
</form>
<form class="push" method="post" action="/sandbox/deauthorize">
${persona}
<button>Remove the app</button>
</form>
<form class="push" method="post" action="/sandbox/data-deletion">
${persona}
<button>Ask for deletion</button>
</form>`;
}
