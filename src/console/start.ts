import { AuthUrlDocument } from '../generated/graphql.js';
import { send } from './api.js';
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

button?.addEventListener('click', () => {
  button.disabled = true;
  connect().catch((error: unknown) => {
    button.disabled = false;
    if (problem === null) return;
    problem.hidden = false;
    problem.textContent = error instanceof Error ? error.message : 'Something went wrong.';
  });
});
