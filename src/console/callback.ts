import { CompleteInstagramAuthDocument, type CompleteInstagramAuthMutation } from '../generated/graphql.js';
import { ApiError, send, type Step } from './api.js';
import { element, show } from './elements.js';
import { inAbout } from './in-words.js';
import { readRefusal, type Refusal } from './refusal.js';
import { dropReturned, keepReturned, readReturned, type Returned } from './returned.js';
import { dropVerifier } from './verifier.js';

/** How long the page goes on asking by itself. */
const PATIENCE_MS = 5 * 60 * 1000;

/** Before the next try, where the server does not say. */
const PAUSE_MS = 2000;

type Account = CompleteInstagramAuthMutation['completeInstagramAuth'];

const parameters = new URLSearchParams(window.location.search);
const refusal = readRefusal(parameters);
const returned = readCallback();
// The code and the state leave the address bar and the history at once.
window.history.replaceState(null, '', window.location.pathname);

if (returned !== null) await complete(returned);
else if (refusal !== null) showRefusal(refusal);
else showNothingToDo();

/** What came with the URL; after a reload, what came with it before. */
function readCallback(): Returned | null {
  const code = parameters.get('code');
  if (code !== null) {
    const before = readReturned();
    return before?.code === code ? before : keepReturned(code, parameters.get('state'));
  }
  if (refusal === null) return readReturned();
  forget();
  return null;
}

async function complete(callback: Returned): Promise<void> {
  try {
    const { completeInstagramAuth } = await completePatiently(callback);
    forget();
    showAccount(completeInstagramAuth);
  } catch (error) {
    const isFinal = !(error instanceof ApiError && error.details.retryable === true);
    if (isFinal) forget();
    showError(error, isFinal);
  }
}

/** Nothing of the authorization outlives its final answer. */
function forget(): void {
  dropReturned();
  dropVerifier();
}

/**
 * The same call again for as long as it may still succeed: it joins the connection that the first one began,
 * and spends no code.
 */
async function completePatiently(callback: Returned): Promise<CompleteInstagramAuthMutation> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await send(CompleteInstagramAuthDocument, { ...callback });
    } catch (error) {
      if (!(error instanceof ApiError) || error.details.retryable !== true) throw error;
      const { retryAfterSeconds } = error.details;
      const wait = retryAfterSeconds === undefined ? PAUSE_MS : retryAfterSeconds * 1000;
      if (Date.now() + wait > deadline) throw error;
      showWaiting(error, wait / 1000);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

/** In the line that is there: put in anew, it would not be read out. */
function showWaiting({ message, details }: ApiError, seconds: number): void {
  const line = document.querySelector('[role="status"]');
  if (line === null) return;
  line.textContent = `${details.userAction ?? message} This page tries again by itself ${inAbout(seconds)}.`;
}

function showNothingToDo(): void {
  show(
    element('h1', {}, 'There is nothing to do here'),
    element('p', {}, 'Meta sends you to this page after you gave consent. What you have connected stays so.'),
    again('Connect Instagram'),
  );
}

function showRefusal({ isOwnChoice, text }: Refusal): void {
  show(
    element('h1', {}, 'Nothing was connected'),
    element('p', { role: isOwnChoice ? 'status' : 'alert' }, text),
    again('Connect Instagram'),
  );
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
      ['Expires', tokenStatus.expiresAt == null ? 'never' : timeOf(tokenStatus.expiresAt)],
      ...(account.missingScopes.length === 0
        ? []
        : ([['Not granted', account.missingScopes.join(', ')]] as Array<[string, string]>)),
    ]),
    // A rung that failed on the way to one that did not is nothing that whoever connects has to do anything about.
    folded('Steps, for the operator', steps(connection.steps)),
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

function showError(error: unknown, isFinal: boolean): void {
  const known = error instanceof ApiError ? error : null;
  const { userAction = 'Try again in a moment.', retryAfterSeconds } = known?.details ?? {};
  const pause = retryAfterSeconds === undefined ? '' : ` You can go on ${inAbout(retryAfterSeconds)}.`;
  show(
    element('h1', {}, isFinal ? 'The account could not be connected' : 'The account is not connected yet'),
    element('p', { role: 'alert' }, userAction + pause),
    facts([
      ['Error', known?.code ?? 'UNKNOWN'],
      ['Message', error instanceof Error ? error.message : 'Something went wrong.'],
    ]),
    section('Steps', steps(known?.details.steps ?? [])),
    isFinal ? again('Connect again') : again('Go on', window.location.pathname),
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
  return element('ol', {}, ...list.map(row));
}

function section(title: string, content: HTMLElement | null): HTMLElement | null {
  return content === null ? null : element('section', {}, element('h2', {}, title), content);
}

function folded(title: string, content: HTMLElement | null): HTMLElement | null {
  return content === null ? null : element('details', {}, element('summary', {}, title), content);
}

/** In the zone of the person's clock, which is named. */
function timeOf(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { timeZoneName: 'short' });
}

function again(text: string, href = '/'): HTMLElement {
  return element('p', { class: 'actions' }, element('a', { href }, text));
}
