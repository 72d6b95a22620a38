import { AuthUrlDocument } from '../generated/graphql.js';
import { ApiError, send } from './api.js';
import { callbackOrigin, isSameLoopback } from './callback-origin.js';
import { element } from './elements.js';
import { inAbout } from './in-words.js';
import { dropReturned } from './returned.js';
import { createChallenge } from './verifier.js';

const button = document.querySelector<HTMLButtonElement>('#connect');
const forceReauth = document.querySelector<HTMLInputElement>('#force-reauth');
const problem = document.querySelector<HTMLElement>('#problem');

async function connect(): Promise<void> {
  // What an earlier authorization has left unfinished is given up for this one.
  dropReturned();
  const challenge = await createChallenge();
  const { authUrl } = await send(AuthUrlDocument, { challenge, forceReauth: forceReauth?.checked ?? false });
  window.location.assign(authUrl);
}

function tell(error: unknown): void {
  if (problem === null) return;
  const { userAction, retryAfterSeconds } = error instanceof ApiError ? error.details : {};
  const sentences = [
    error instanceof Error ? error.message : 'Something went wrong.',
    userAction,
    retryAfterSeconds === undefined ? undefined : `You can try again ${inAbout(retryAfterSeconds)}.`,
  ];
  problem.hidden = false;
  problem.textContent = sentences.filter((sentence) => sentence !== undefined).join(' ');
}

button?.addEventListener('click', () => {
  button.disabled = true;
  // What went wrong the last time is over.
  if (problem !== null) problem.hidden = true;
  connect().catch((error: unknown) => {
    button.disabled = false;
    tell(error);
  });
});

// What this tab keeps for the callback page is kept for this origin alone.
const target = callbackOrigin();
if (isSameLoopback(target, window.location.origin)) {
  window.location.replace(target);
} else if (target !== window.location.origin) {
  const sentence = `Meta sends people back to ${target}, another site than this one: an account is connected from there.`;
  document.querySelector('#offer')?.replaceChildren(element('p', {}, sentence));
}
