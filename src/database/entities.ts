import { AccountEvent } from '../accounts/account-event.entity.js';
import { InstagramAccount } from '../accounts/instagram-account.entity.js';
import { Notice } from '../notices/notice.entity.js';
import { AuthAttempt } from '../oauth/auth-attempt.entity.js';
import { MetaLimit } from '../tokens/meta-limit.entity.js';
import { RenewalBreaker } from '../tokens/renewal-breaker.entity.js';
import { DeletionRequest } from '../webhooks/deletion-request.entity.js';
import { WebhookEvent } from '../webhooks/webhook-event.entity.js';
import { WebhookFeed } from '../webhooks/webhook-feed.entity.js';

/** Everything that is stored. */
export const entities = [
  InstagramAccount,
  AccountEvent,
  AuthAttempt,
  MetaLimit,
  RenewalBreaker,
  Notice,
  WebhookEvent,
  WebhookFeed,
  DeletionRequest,
];
