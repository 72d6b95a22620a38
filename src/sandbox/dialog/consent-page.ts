import { escapeHtml, htmlPage } from '../markup.js';
import { personaCatalogue } from '../persona-catalogue.js';
import type { AuthorizationRequest } from './authorization-request.js';

/** The form goes back to its own address, query included, so that it needs no hidden fields. */
export function consentPage(request: AuthorizationRequest): string {
  const site = request.dialog === 'instagram' ? 'Instagram' : 'Facebook';
  const choices = personaCatalogue.map(
    ({ id, title, description }) =>
      `<li><button name="persona" value="${id}"><strong>${escapeHtml(title)} <code>${id}</code></strong> <span>${escapeHtml(description)}</span></button></li>`,
  );
  return htmlPage(
    `Continue as… (${site} sandbox)`,
    `<h1>Who are you on ${site} today?</h1>
<p class="note">This is the sandbox, not ${site}. Everybody here is made up, and nothing leaves this machine.</p>
<p>The app asks for: ${request.scopes.map((scope) => `<code>${escapeHtml(scope)}</code>`).join(', ')}.
You return to <code>${escapeHtml(request.redirectUri)}</code>.</p>
<form method="post">
<ul class="choices">
${choices.join('\n')}
</ul>
<button name="persona" value=""><strong>Cancel</strong> <span>Refuse, and go back to the app.</span></button>
</form>`,
  );
}

/** What Meta shows instead of going back to an app that asked wrongly. */
export function dialogErrorPage(title: string, message: string): string {
  return htmlPage(
    `${title} (sandbox)`,
    `<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(message)}</p>
<p class="note">As at Meta, the app that sent you here does not hear of this.</p>`,
  );
}
