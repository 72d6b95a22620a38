import { createHmac } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/core';
import got, { RequestError, type Got } from 'got';
import type { Logger } from '../logger.js';
import type { Secret } from '../secret.js';
import { DAY, HOUR, MINUTE, SECOND, plus, type Clock } from '../time.js';
import {
  claimNotices,
  endNotice,
  postponeNotice,
  pruneNotices,
  type ClaimedNotice,
} from './notice-outbox.js';

const LOOK_EVERY_MS = 5 * SECOND;
const BATCH_SIZE = 10;
const LONGEST_PAUSE_MS = 6 * HOUR;
/** What could not be delivered for so long is no news any more. */
const GIVEN_UP_AFTER_MS = 7 * DAY;
const KEPT_MS = 30 * DAY;
const CONNECT_MS = 3 * SECOND;
const TOTAL_MS = 10 * SECOND;

export interface NoticeSenderOptions {
  readonly em: () => EntityManager;
  readonly clock: Clock;
  readonly logger: Logger;
  /** May hold a token of the receiver's: it is never shown. */
  readonly url: Secret;
  readonly secret: Secret;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
  /** Told of every try; `failed`: it will be tried again. */
  readonly onDelivery?: (outcome: 'delivered' | 'failed' | 'given_up') => void;
}

/**
 * Delivers notices to the operator's webhook, each at least once and in the order of its subject. The receiver
 * knows them by `X-Moca-Signature-256` (HMAC-SHA256 of the raw body) and repetitions by `X-Moca-Notice-Id`.
 *
 * Delivered is what was answered with 2xx. Everything else is tried again after 1, 2, 4 … minutes, at most 6
 * hours, and given up after 7 days.
 */
export class NoticeSender {
  #loop: Promise<void> = Promise.resolve();
  readonly #http: Got;

  constructor(private readonly options: NoticeSenderOptions) {
    this.#http = got.extend({
      method: 'POST',
      followRedirect: false,
      throwHttpErrors: false,
      retry: { limit: 0 },
      timeout: { lookup: CONNECT_MS, connect: CONNECT_MS, secureConnect: CONNECT_MS, request: TOTAL_MS },
      headers: { 'content-type': 'application/json', 'user-agent': 'moca-connect' },
    });
  }

  /** Looks at once, then every five seconds. */
  start(): void {
    this.#loop = this.#run();
  }

  /** Resolves when the last delivery has ended, after `stopping`. */
  settled(): Promise<void> {
    return this.#loop;
  }

  /** Delivers what is due now. */
  async deliverDue(): Promise<void> {
    const { em, clock, stopping } = this.options;
    while (!stopping.aborted) {
      const claimed = await claimNotices(em(), clock.now(), BATCH_SIZE);
      if (claimed.length === 0) break;
      await Promise.all(claimed.map((notice) => this.#deliver(notice)));
    }
    await pruneNotices(em(), plus(clock.now(), -KEPT_MS));
  }

  async #deliver(notice: ClaimedNotice): Promise<void> {
    const { em, clock, logger, onDelivery } = this.options;
    const answer = await this.#send(notice);
    const now = clock.now();
    if (answer.delivered) {
      onDelivery?.('delivered');
      await endNotice(em(), notice, now);
      return;
    }
    const { id, key, tries, createdAt } = notice;
    if (plus(createdAt, GIVEN_UP_AFTER_MS) <= now) {
      logger.error({ notice: key, tries, problem: answer.problem }, 'a notice was given up');
      onDelivery?.('given_up');
      await endNotice(em(), notice, now);
      return;
    }
    logger.warn({ notice: key, id, tries, problem: answer.problem }, 'a notice was not taken');
    onDelivery?.('failed');
    const pause = Math.min(2 ** Math.min(tries, 20) * MINUTE, LONGEST_PAUSE_MS);
    await postponeNotice(em(), notice, plus(now, Math.round(pause * (0.8 + Math.random() * 0.4))));
  }

  /** Only the status counts: the answer's body is never read. */
  async #send({
    key,
    body,
  }: ClaimedNotice): Promise<{ delivered: true } | { delivered: false; problem: string }> {
    const { url, secret } = this.options;
    const signature = createHmac('sha256', secret.reveal()).update(body).digest('hex');
    try {
      const stream = this.#http.stream.post(url.reveal(), {
        body,
        headers: { 'x-moca-signature-256': `sha256=${signature}`, 'x-moca-notice-id': key },
      });
      const status = await new Promise<number>((resolve, reject) => {
        stream.once('response', (response: { statusCode: number }) => resolve(response.statusCode));
        stream.once('error', reject);
      });
      // An error after the answer changes nothing.
      stream.on('error', () => undefined);
      stream.destroy();
      if (status >= 200 && status < 300) return { delivered: true };
      return { delivered: false, problem: `HTTP ${status}` };
    } catch (error) {
      // The client's own errors hold the URL: only their code is told.
      const code =
        error instanceof RequestError && /^[A-Z0-9_]{2,64}$/.test(error.code) ? error.code : 'failed';
      return { delivered: false, problem: code };
    }
  }

  async #run(): Promise<void> {
    const { clock, logger, stopping } = this.options;
    while (!stopping.aborted) {
      try {
        await this.deliverDue();
      } catch (err) {
        // The database is away: the next look tries again.
        logger.error({ err }, 'notices could not be delivered');
      }
      await clock.sleep(LOOK_EVERY_MS, stopping);
    }
  }
}
