import process from 'node:process';
import { createSandbox } from './sandbox.js';
import { standAloneNotice } from './stand-alone-notice.js';

const { HOST, PORT, INSTAGRAM_REDIRECT_URI } = process.env;

const sandbox = await createSandbox({
  ...(HOST ? { host: HOST } : {}),
  port: Number(PORT || 4100),
  appUrl: 'http://localhost:4000',
  redirectUris: [
    'https://moca.pages.dev/instagram-callback',
    'http://localhost:4000/instagram-callback',
    'http://127.0.0.1:4000/instagram-callback',
    ...(INSTAGRAM_REDIRECT_URI ? [INSTAGRAM_REDIRECT_URI] : []),
  ],
});
console.log(standAloneNotice(sandbox));

const stop = (): void => void sandbox.close();
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
