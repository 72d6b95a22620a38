import process from 'node:process';
import { createSandbox } from './sandbox.js';
import { standAloneNotice } from './stand-alone-notice.js';

const { HOST, PORT, INSTAGRAM_REDIRECT_URI } = process.env;

const redirectUri = INSTAGRAM_REDIRECT_URI || 'http://localhost:4000/instagram-callback';

const sandbox = await createSandbox({
  ...(HOST ? { host: HOST } : {}),
  port: Number(PORT || 4100),
  appUrl: 'http://localhost:4000',
  redirectUris: [
    'https://moca.pages.dev/instagram-callback',
    'http://localhost:4000/instagram-callback',
    'http://127.0.0.1:4000/instagram-callback',
    redirectUri,
  ],
});
console.log(standAloneNotice(sandbox, redirectUri));

const stop = (): void => void sandbox.close();
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
