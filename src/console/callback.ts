import { CompleteInstagramAuthDocument, type CompleteInstagramAuthMutation } from '../generated/graphql.js';
import { ApiError, send, type Step } from './api.js';
import { element, show } from './elements.js';
import { dropVerifier, readVerifier } from './verifier.js';

/** How long the page goes on asking while the connection is pending. */
const PATIENCE_MS = 5 * 60 * 1000;

type Account = CompleteInstagramAuthMutation['completeInstagramAuth'];

const parameters = new URLSearchParams(window.location.search);
// The code and the state leave the address bar and the history at once.
window.history.replaceState(null, '', window.location.pathname);

await run();

async function run(): Promise<void> {
  const code = parameters.get('code');
  if (code === null) {
    showDenied();
    return;
  }
  const variables = { code, state: parameters.get('state'), verifier: readVerifier() };
  try {
    const { completeInstagramAuth } = await completePatiently(variables);
    showAccount(completeInstagramAuth);
  } catch (error) {
    showError(error);
  }
  dropVerifier();
}

/** The same call again while the connection is being made: it joins the first one and spends no code. */
async function completePatiently(variables: {
  code: string;
  state: string | null;
  verifier: string | null;
}): Promise<CompleteInstagramAuthMutation> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await send(CompleteInstagramAuthDocument, variables);
    } catch (error) {
      const wait = error instanceof ApiError ? waitBefore(error) : null;
      if (wait === null || Date.now() + wait > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

/** Milliseconds until a call that may still succeed is worth repeating; null for one that may not. */
function waitBefore({ code, retryAfterSeconds }: ApiError): number | null {
  const passes = code === 'CONNECTION_PENDING' || code === 'META_UNAVAILABLE';
  return passes ? (retryAfterSeconds ?? 5) * 1000 : null;
}

function showDenied(): void {
  show(
    element('h1', {}, 'Nothing was connected'),
    element('p', { role: 'alert' }, denial()),
    again('Connect Instagram'),
  );
}

function denial(): string {
  const description = parameters.get('error_description');
  if (parameters.get('error') === null) return 'This page is where Meta sends you after you gave consent.';
  return description ?? 'Consent was not given.';
}

function showAccount(account: Account): void {
  const { tokenStatus, connection } = account;
  show(
    element('h1', {}, `@${account.accountName} is connected`),
    picture(account),
    facts([
      ['Name', account.displayName ?? account.accountName],
      ['Account id', account.accountId],
      ['Token', `${tokenStatus.kind}, ${tokenStatus.state}`],
      ['Expires', tokenStatus.expiresAt == null ? 'never' : new Date(tokenStatus.expiresAt).toLocaleString()],
      ...(account.missingScopes.length === 0
        ? []
        : ([['Not granted', account.missingScopes.join(', ')]] as Array<[string, string]>)),
    ]),
    steps(connection.steps),
    again('Connect another account'),
  );
}

function picture({ profilePictureUrl }: Account): HTMLElement | null {
  if (profilePictureUrl == null) return null;
  const image = element('img', { src: profilePictureUrl, alt: '', class: 'picture' });
  // Such URLs end after a while.
  image.addEventListener('error', () => image.remove());
  return image;
}

function showError(error: unknown): void {
  const known = error instanceof ApiError ? error : null;
  show(
    element('h1', {}, 'The account could not be connected'),
    element('p', { role: 'alert' }, known?.userAction ?? 'Try again in a moment.'),
    facts([
      ['Error', known?.code ?? 'UNKNOWN'],
      ['Message', error instanceof Error ? error.message : 'Something went wrong.'],
    ]),
    steps(known?.steps ?? []),
    again('Connect again'),
  );
}

function facts(rows: ReadonlyArray<readonly [string, string]>): HTMLElement {
  return element(
    'dl',
    {},
    ...rows.flatMap(([term, value]) => [element('dt', {}, term), element('dd', {}, value)]),
  );
}

function steps(list: readonly Step[]): HTMLElement | null {
  if (list.length === 0) return null;
  const row = ({ step, outcome, durationMs, problem, hint, detail }: Step): HTMLElement =>
    element(
      'li',
      { 'data-outcome': outcome },
      element('strong', {}, step),
      ` ${outcome}${outcome === 'SKIPPED' ? '' : `, ${durationMs} ms`}`,
      ...[problem == null ? null : `${problem.code}: ${problem.message}`, hint, detail].map((text) =>
        text == null ? null : element('small', {}, text),
      ),
    );
  return element('section', {}, element('h2', {}, 'Steps'), element('ol', {}, ...list.map(row)));
}

function again(text: string): HTMLElement {
  return element('p', { class: 'actions' }, element('a', { href: '/' }, text));
}
