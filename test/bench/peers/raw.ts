// The limit: what is left when everything is left out that can be. No schema, no framework; each of the four texts
// is a function, and what it gives is written down as it stands.
import process from 'node:process';
import { openAuthorization } from './authorization.ts';
import { rawServer } from './raw-server.ts';
import type { SettingsChange } from './settings-change.ts';
import { openWork } from './sqlite-work.ts';

const work = openWork();
const authUrl = await openAuthorization();

rawServer(Number(process.env['PORT']), {
  AuthUrl: ({ challenge }: { challenge: string }) => ({ authUrl: authUrl(challenge, false) }),
  InstagramAccounts: ({ first }: { first: number }) => ({ instagramAccounts: work.page(first) }),
  InstagramAccount: ({ accountId }: { accountId: string }) => ({ instagramAccount: work.account(accountId) }),
  UpdateInstagramAccountSettings: (change: SettingsChange) => ({
    updateInstagramAccountSettings: work.changeSettings(change),
  }),
});
