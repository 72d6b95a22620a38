import { Gauge, type Registry } from 'prom-client';
import type { StoredFigures } from './stored-figures.js';

/** The figures of the database as gauges. */
export class FigureGauges {
  readonly #registers: Registry[];
  readonly #databaseUp: Gauge;
  readonly #accounts: Gauge<'state'>;
  readonly #single: Readonly<Record<Exclude<keyof StoredFigures, 'accounts'>, Gauge>>;

  constructor(registry: Registry) {
    this.#registers = [registry];
    this.#databaseUp = this.#gauge(
      'moca_connect_database_up',
      'Whether the figures below could be read: 1, or 0 and they are missing.',
    );
    this.#accounts = new Gauge({
      name: 'moca_connect_accounts',
      help: 'Connected accounts by state of their token.',
      labelNames: ['state'],
      registers: this.#registers,
    });
    this.#single = {
      renewalsDue: this.#gauge('moca_connect_renewals_due', 'Renewals that are due.'),
      oldestDueAgeSeconds: this.#gauge(
        'moca_connect_oldest_due_renewal_age_seconds',
        'For how long the oldest renewal that is due has been so; 0 when none is.',
      ),
      openAttempts: this.#gauge('moca_connect_open_connection_attempts', 'Connections that are being made.'),
      undeliveredNotices: this.#gauge(
        'moca_connect_undelivered_notices',
        'Notices to the operator that are still to be delivered.',
      ),
      breakersOpen: this.#gauge(
        'moca_connect_renewal_breakers_open',
        'Apps whose renewals all pause, because too many failed for a reason that is not their own.',
      ),
    };
  }

  /** Null when they cannot be had: a gap tells the truth, and the last known value would not. */
  show(figures: StoredFigures | null): void {
    this.#databaseUp.set(figures === null ? 0 : 1);
    if (figures === null) {
      this.#accounts.reset();
      for (const gauge of Object.values(this.#single)) gauge.remove();
      return;
    }
    const { accounts, ...single } = figures;
    for (const { state, count } of accounts) this.#accounts.set({ state }, count);
    for (const [name, gauge] of Object.entries(this.#single)) {
      gauge.set(single[name as keyof typeof single]);
    }
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers: this.#registers });
  }
}
