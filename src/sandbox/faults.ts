import { endpointNames, type EndpointName } from './endpoint-names.js';
import { randomNumbers } from './random-numbers.js';

/** Refusals in Meta's own words; the request is not processed. */
export const refusalFaults = [
  'unavailable',
  'unknown_error',
  'rate_app',
  'rate_app_unnamed',
  'rate_user',
  'rate_page',
  'rate_calls',
  'rate_instagram',
  'token_expired',
  'app_removed',
  'checkpoint',
  'password_changed',
  'invalid_token',
  'session_invalid',
  'policy_block',
  'app_unknown',
  'capability',
  'permission_denied',
  'permission_missing',
  'api_blocked',
  'unsupported_request',
  'missing_object',
  'insufficient_role',
  'client_secret',
  // Code 190 with the credential that was sent in its message.
  'evil_echo',
] as const;

/** Answers that are not Meta's JSON; the request is not processed. */
export const foreignFaults = ['html_502', 'http_429', 'redirect'] as const;

/** What happens to the connection. `hang` and `reset` come before the request is processed, the others after. */
const connectionFaults = ['hang', 'reset', 'delay', 'answer_lost', 'truncated', 'huge'] as const;

/** The request is processed, and then its answer's body is damaged. */
export const bodyFaults = [
  'broken_json',
  'wrong_types',
  'empty_token',
  'missing_expires_in',
  // `paging.next` points into the network of a cloud's host, while `paging.cursors` stay right.
  'evil_next',
  // An error's body under the status 200, as one public fixture has it.
  'error_with_200',
] as const;

export const faultNames = [...refusalFaults, ...foreignFaults, ...connectionFaults, ...bodyFaults] as const;

export type RefusalFault = (typeof refusalFaults)[number];
export type BodyFault = (typeof bodyFaults)[number];
export type FaultName = (typeof faultNames)[number];

export interface FaultOrder {
  readonly fault: FaultName;
  /** `any`: every endpoint of Meta's API, but not the dialog and the consent. */
  readonly endpoint: EndpointName | 'any';
  /** How many calls it hits. Default: all, until `clear()`. */
  readonly times?: number;
  /** Only calls that come with this persona's code or token; `page-token` means `page-token#2` too. */
  readonly persona?: string;
  /** For `rate_…` and `http_429`: when Meta would take calls again. */
  readonly minutes?: number;
  /** For `delay`, in milliseconds. Default 1,000. */
  readonly delayMs?: number;
}

/** Trouble at random, spread over the kinds that are named. */
export interface RandomFaults {
  readonly seed: number;
  /** Of all calls of Meta's API: 0 to 1. */
  readonly share: number;
  readonly faults: readonly FaultName[];
}

/** An order with what is left of it. */
export interface PendingFault extends FaultOrder {
  readonly timesLeft: number;
}

interface Target {
  readonly endpoint: EndpointName;
  readonly persona: string | null;
}

const outsideTheApi: ReadonlySet<EndpointName> = new Set(['dialog', 'consent', 'elsewhere']);

/** Trouble on order. Where several orders match a call, the oldest is played. */
export class Faults {
  #orders: { order: FaultOrder; timesLeft: number }[] = [];
  #random: { readonly order: RandomFaults; readonly next: () => number } | null = null;

  /** From now on a share of all calls gets one of these faults; the same seed gives the same ones again. */
  random(order: RandomFaults): void {
    this.#random = { order, next: randomNumbers(order.seed) };
  }

  /** @throws {TypeError} for a fault or endpoint that does not exist: a misspelt order would never be played. */
  inject(order: FaultOrder): void {
    if (!faultNames.includes(order.fault)) throw new TypeError(`There is no fault "${order.fault}".`);
    if (order.endpoint !== 'any' && !endpointNames.includes(order.endpoint)) {
      throw new TypeError(`There is no endpoint "${order.endpoint}".`);
    }
    this.#orders.push({ order, timesLeft: order.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#orders = [];
    this.#random = null;
  }

  /** What is still to come: an order with `times` that stays here was never fully played. */
  pending(): readonly PendingFault[] {
    return this.#orders.map(({ order, timesLeft }) => ({ ...order, timesLeft }));
  }

  /** For the sandbox itself: the fault that this call gets. */
  take(target: Target): FaultOrder | null {
    const entry = this.#orders.find(({ order }) => hits(order, target));
    if (entry === undefined) return this.#takeRandom(target);
    entry.timesLeft -= 1;
    if (entry.timesLeft <= 0) this.#orders = this.#orders.filter((other) => other !== entry);
    return entry.order;
  }

  #takeRandom({ endpoint }: Target): FaultOrder | null {
    if (this.#random === null || outsideTheApi.has(endpoint)) return null;
    const { order, next } = this.#random;
    if (next() >= order.share) return null;
    const fault = order.faults[Math.floor(next() * order.faults.length)];
    return fault === undefined ? null : { fault, endpoint: 'any' };
  }
}

function hits(order: FaultOrder, target: Target): boolean {
  const hitsEndpoint =
    order.endpoint === 'any' ? !outsideTheApi.has(target.endpoint) : order.endpoint === target.endpoint;
  const hitsPersona =
    order.persona === undefined ||
    order.persona === target.persona ||
    target.persona?.startsWith(`${order.persona}#`) === true;
  return hitsEndpoint && hitsPersona;
}
