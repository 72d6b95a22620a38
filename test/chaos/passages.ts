import type { LoginFlow } from '../../src/login-flow.js';
import { SECOND } from '../../src/time.js';
import type { Passage } from './deaths.js';

/** Longer than it takes to tell a server to stop. */
const HELD_MS = SECOND;

/** The ways through the pipeline that lead past every point of it. */
export const passages: Readonly<Record<LoginFlow, readonly Passage[]>> = {
  moca: [
    // Down from the Facebook exchange to the Instagram one.
    {
      persona: 'code-101',
      end: 'SAVED',
      points: [
        'meta.code_exchange',
        'attempt.exchanged',
        'meta.fb_exchange_token',
        'meta.ig_exchange_token',
        'meta.ig_me',
        'account.save',
      ],
    },
    // And from there to the token of the code exchange.
    { persona: 'short-lived-only', end: 'SAVED', points: ['meta.ig_exchange_token'] },
    { persona: 'page-token', end: 'SAVED', points: ['meta.me_accounts', 'meta.page_profile'] },
    { persona: 'no-page', end: 'PAGE_NOT_LINKED', points: ['attempt.fail'] },
  ],
  facebook: [
    {
      persona: 'portfolio-page',
      end: 'SAVED',
      points: [
        'attempt.insert',
        'attempt.limits',
        'attempt.read_code',
        'attempt.exchanging',
        'meta.code_exchange',
        'attempt.exchanged',
        'meta.fb_exchange_token',
        'meta.me_accounts',
        'ladder.pause',
        'meta.fb_me',
        'meta.me_permissions',
        'meta.me_businesses',
        'meta.owned_pages',
        'meta.client_pages',
        'meta.page_profile',
        'account.find_stored',
        'account.save',
      ],
    },
    {
      persona: 'page-token',
      end: 'SAVED',
      points: ['attempt.postpone'],
      faults: ({ sandbox }, persona) =>
        sandbox.faults.inject({ fault: 'unavailable', endpoint: 'me_accounts', times: 3, persona }),
    },
    {
      persona: 'page-token',
      end: 'SAVED',
      points: ['attempt.release'],
      by: 'stopping',
      faults: ({ sandbox }, persona) =>
        sandbox.faults.inject({
          fault: 'delay',
          endpoint: 'fb_exchange_token',
          times: 1,
          delayMs: HELD_MS,
          persona,
        }),
    },
    { persona: 'no-page', end: 'PAGE_NOT_LINKED', points: ['attempt.fail'] },
  ],
  instagram: [
    {
      persona: 'page-token',
      end: 'SAVED',
      points: ['meta.code_exchange', 'meta.ig_exchange_token', 'meta.debug_token', 'meta.ig_me'],
      faults: ({ sandbox }, persona) =>
        sandbox.faults.inject({ fault: 'missing_expires_in', endpoint: 'ig_exchange_token', persona }),
    },
    // Two such calls, and little is left of the lease.
    { persona: 'page-token', end: 'SAVED', points: ['lease.renew'], callMs: 11 * SECOND },
    {
      persona: 'page-token',
      end: 'SAVED',
      points: ['attempt.claim', 'attempt.read_token', 'account.save'],
      by: 'sweeping',
    },
    { persona: 'declined-basic', end: 'MISSING_PERMISSION', points: ['attempt.fail'] },
  ],
};
