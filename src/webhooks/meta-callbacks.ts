import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/core';
import { deauthorizeAccounts } from '../accounts/deauthorize-accounts.js';
import { deleteAccount, type DeleteOptions } from '../accounts/delete-account.js';
import { findGrantorAccounts } from '../accounts/grantor-accounts.js';
import type { Logger } from '../logger.js';
import { readSignedRequest, SignedRequestError, type SignedRequest } from '../meta/signed-request.js';
import { findWebhookSigner, type SigningSecret } from '../meta/webhook-signature.js';
import type { RecordNotice } from '../notices/notice-outbox.js';
import type { Secret } from '../secret.js';
import { unitOfWork } from '../sql/unit-of-work.js';
import { SECOND, plus, type Clock } from '../time.js';
import { DeletionRequest } from './deletion-request.entity.js';
import type { EventStore } from './event-store.js';
import { readNotification } from './read-notification.js';

/** 128 bits, in hex: Meta wants letters and digits only. */
const CONFIRMATION_BYTES = 16;

export interface MetaCallbacksOptions extends DeleteOptions {
  readonly em: () => EntityManager;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventStore;
  readonly record: RecordNotice;
  readonly secrets: readonly SigningSecret[];
  /** Null while webhooks are not set up. */
  readonly verifyToken: Secret | null;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  /** Makes what was just deleted unreadable in the database's files, too. */
  readonly eraseDeleted: () => Promise<void>;
}

/** What Meta calls us for: to verify the webhook, to notify of events, and when somebody takes the app off. */
export class MetaCallbacks {
  constructor(private readonly options: MetaCallbacksOptions) {}

  /** Whether webhooks are set up. */
  get canVerify(): boolean {
    return this.options.verifyToken !== null;
  }

  /** Compares digests: how long it takes tells nothing. */
  isVerifyToken(token: string): boolean {
    const { verifyToken } = this.options;
    return verifyToken !== null && timingSafeEqual(digest(token), digest(verifyToken.reveal()));
  }

  /**
   * Stores an event notification. When this resolves, it is stored.
   *
   * @returns false for one that none of the app's secrets has signed: nothing of it is looked at
   */
  async receive(body: Buffer, signature: string | undefined): Promise<boolean> {
    const { clock, events, logger, secrets } = this.options;
    const signer = findWebhookSigner(signature, body, secrets);
    if (signer === null) {
      logger.warn({ event: 'webhook.refused', bytes: body.length }, 'a notification was not signed by Meta');
      return false;
    }
    const receivedAt = clock.now();
    const counts = await events.store({ ...readNotification(body, receivedAt), receivedAt });
    const level = counts.unreadable > 0 ? 'warn' : 'info';
    logger[level]({ event: 'webhook.stored', signer, ...counts }, 'events stored');
    return true;
  }

  /**
   * Ends the tokens of whoever took the app off.
   *
   * @returns false for a request that counts for nothing
   */
  async deauthorize(signedRequest: string): Promise<boolean> {
    const { em, clock, record, logger, eraseDeleted } = this.options;
    const request = this.#read(signedRequest, 'meta.deauthorize');
    if (request === null) return false;
    const now = clock.now();
    const { found, ended } = await unitOfWork(em(), (transaction) =>
      deauthorizeAccounts(transaction, request, { now, record }),
    );
    if (ended > 0) await eraseDeleted();
    const { signer } = request;
    // Of whom Meta calls, an account should be here.
    logger[found > 0 ? 'info' : 'warn'](
      { event: 'meta.deauthorized', signer, found, accounts: ended },
      'the app was removed at Meta',
    );
    return true;
  }

  /**
   * Deletes all that is stored about whoever asks for it. The same request again gets the same answer, and
   * deletes nothing that came since.
   *
   * @returns null for a request that counts for nothing
   */
  async deleteData(signedRequest: string): Promise<{ url: string; confirmation_code: string } | null> {
    const { logger, publicUrl, eraseDeleted } = this.options;
    const request = this.#read(signedRequest, 'meta.data_deletion');
    if (request === null) return null;
    const { confirmationCode, accounts } = await unitOfWork(this.options.em(), (transaction) =>
      this.#delete(transaction, request),
    );
    await eraseDeleted();
    logger[accounts > 0 ? 'info' : 'warn'](
      { event: 'meta.data_deleted', signer: request.signer, accounts },
      accounts > 0 ? 'data was deleted at the request of Meta' : 'no account was found to delete',
    );
    return {
      url: `${publicUrl}/data-deletion/${confirmationCode}`,
      confirmation_code: confirmationCode,
    };
  }

  /** What became of a deletion; null for a code that nobody was given. */
  async findDeletion(confirmationCode: string): Promise<DeletionRequest | null> {
    return this.options.em().findOne(DeletionRequest, { confirmationCode });
  }

  /** Once for each request. Whoever first connected after it has nothing here that it could mean. */
  async #delete(em: EntityManager, request: SignedRequest): Promise<DeletionRequest> {
    const { clock, events } = this.options;
    const known = await em.findOne(DeletionRequest, { requestHash: request.id });
    if (known !== null) return known;
    const at = clock.now();
    const endOfSecond = plus(request.issuedAt, SECOND);
    const accounts = (await findGrantorAccounts(em, request)).filter(
      ({ connectedAt }) => connectedAt < endOfSecond,
    );
    for (const account of accounts) await deleteAccount(em, account, this.options, { actor: 'meta', at });
    await events.forgetEntries(
      em,
      [request.userId, request.profileId].filter((id) => id !== null),
    );
    const done = em.create(DeletionRequest, {
      confirmationCode: randomBytes(CONFIRMATION_BYTES).toString('hex'),
      requestHash: request.id,
      requestedAt: request.issuedAt,
      completedAt: at,
      accounts: accounts.length,
    });
    em.persist(done);
    return done;
  }

  #read(signedRequest: string, event: string): SignedRequest | null {
    const { secrets, clock, logger } = this.options;
    try {
      return readSignedRequest(signedRequest, secrets, clock.now());
    } catch (error) {
      if (!(error instanceof SignedRequestError)) throw error;
      logger.warn({ event: `${event}.refused`, reason: error.reason }, 'a signed request was refused');
      return null;
    }
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
