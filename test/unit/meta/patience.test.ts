import { afterEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { exchangeInstagramCode } from '../../../src/meta/exchange-authorization-code.js';
import type { MetaRequest, MetaSender } from '../../../src/meta/client.js';
import { MetaError, type MetaErrorClass, type MetaErrorOptions } from '../../../src/meta/meta-error.js';
import { patient, repeatTransient, repeatUnspent, type MayRepeat } from '../../../src/meta/patience.js';
import { Secret } from '../../../src/secret.js';
import { SECOND } from '../../../src/time.js';
import { fixture } from '../../support/fixture.js';
import { failureOf } from '../../support/meta-failure.js';
import { createScriptedMeta } from '../../support/scripted-meta.js';
import { TestClock } from '../../support/test-clock.js';

const request: MetaRequest<unknown> = {
  endpoint: 'ig_me',
  host: 'instagramGraph',
  path: '/me',
  schema: z.unknown(),
};

function anError(options: Partial<MetaErrorOptions> = {}): MetaError {
  return new MetaError({
    endpoint: 'ig_me',
    errorClass: 'transient',
    code: 'META_UNAVAILABLE',
    status: null,
    requestSent: true,
    refused: false,
    ...options,
  });
}

/** Ends each call as told: with an error, or (null) well. The last one counts for all that follow. */
function sender(
  clock: TestClock,
  ends: ReadonlyArray<Error | null>,
  callMs = 0,
): MetaSender & { calls: number } {
  return {
    calls: 0,
    async send<T>() {
      const end = ends[Math.min(this.calls, ends.length - 1)];
      this.calls += 1;
      clock.advance(callMs);
      if (end != null) throw end;
      return { body: 'answer' as T, receivedAt: clock.now() };
    },
  };
}

/** Jitter of ±20 %: 0 is its lower end, 0.5 its middle. */
function jitter(value: number): void {
  vi.spyOn(Math, 'random').mockReturnValue(value);
}

afterEach(() => {
  vi.restoreAllMocks();
});

test('A call that works is made once, and waits for nothing.', async () => {
  const clock = new TestClock();
  const startedAt = clock.now();
  const inner = sender(clock, [null]);
  expect((await patient(inner, clock).send(request)).body).toBe('answer');
  expect(inner.calls).toBe(1);
  expect(clock.now()).toEqual(startedAt);
});

test.for([
  [0, [400, 800]],
  [0.5, [500, 1000]],
  [0.999_999, [600, 1200]],
] as const)(
  'After a passing fault there is a pause, a longer one after the second (jitter %d).',
  async ([random, pauses]) => {
    jitter(random);
    const clock = new TestClock();
    const sleep = vi.spyOn(clock, 'sleep');
    const inner = sender(clock, [anError(), anError(), null]);
    await patient(inner, clock).send(request);
    expect(inner.calls).toBe(3);
    expect(sleep.mock.calls.map(([ms]) => Math.round(ms))).toEqual(pauses);
  },
);

test('A call is tried three times, and then its last failure counts.', async () => {
  const clock = new TestClock();
  const last = anError({ status: 503 });
  const inner = sender(clock, [anError(), anError(), last, null]);
  expect(await failureOf(patient(inner, clock).send(request))).toBe(last);
  expect(inner.calls).toBe(3);
});

test.for([
  'rate_limit',
  'reauthorization',
  'permission',
  'configuration',
  'bad_answer',
] as const satisfies MetaErrorClass[])(
  'A failure of the class %s is not tried again.',
  async (errorClass) => {
    const clock = new TestClock();
    const inner = sender(clock, [anError({ errorClass }), null]);
    expect((await failureOf(patient(inner, clock).send(request))).errorClass).toBe(errorClass);
    expect(inner.calls).toBe(1);
  },
);

test('A mistake of our own is not tried again.', async () => {
  const clock = new TestClock();
  const mistake = new TypeError('a mistake');
  const inner = sender(clock, [mistake, null]);
  await expect(patient(inner, clock).send(request)).rejects.toBe(mistake);
  expect(inner.calls).toBe(1);
});

test('All calls of a step share eight seconds: later ones are tried once.', async () => {
  jitter(0.5);
  const clock = new TestClock();
  const inner = sender(clock, [anError()], 2 * SECOND);
  const step = patient(inner, clock);
  // 2 s + 0.5 s + 2 s + 1 s + 2 s: 7.5 s, and 0.5 s are left.
  await failureOf(step.send(request));
  expect(inner.calls).toBe(3);
  await failureOf(step.send(request));
  expect(inner.calls).toBe(4);
  await failureOf(step.send(request));
  expect(inner.calls).toBe(5);
  // The next step has its own.
  await failureOf(patient(inner, clock).send(request));
  expect(inner.calls).toBe(8);
});

test.for([
  [7500, 2],
  [7501, 1],
] as const)(
  'After a first try of %i ms there are %i tries: no other begins after the eighth second.',
  async ([ms, tries]) => {
    jitter(0.5);
    const clock = new TestClock();
    const inner = sender(clock, [anError()], ms);
    await failureOf(patient(inner, clock).send(request));
    expect(inner.calls).toBe(tries);
  },
);

test('One call may use its own time-out beyond the eight seconds.', async () => {
  const clock = new TestClock();
  const inner = sender(clock, [null], 15 * SECOND);
  expect((await patient(inner, clock).send(request)).body).toBe('answer');
});

const fates: ReadonlyArray<readonly [string, Partial<MetaErrorOptions>, boolean, boolean]> = [
  ['not sent', { requestSent: false }, true, true],
  ['sent without an answer', {}, true, false],
  ['answered with a page', { status: 502 }, true, false],
  ['turned away for a passing reason', { status: 500, refused: true }, true, true],
  ['turned away by a rate limit', { errorClass: 'rate_limit', refused: true }, false, false],
  ['refused for good', { errorClass: 'reauthorization', refused: true }, false, false],
  ['answered with something else', { errorClass: 'bad_answer', status: 200 }, false, false],
];

test.for(fates)(
  'A call that was %s (%o) is repeated if it is safe: %s; if it spends the code: %s.',
  ([_what, options, safe, code]) => {
    const error = anError(options);
    expect([repeatTransient, repeatUnspent].map((mayRepeat: MayRepeat) => mayRepeat(error))).toEqual([
      safe,
      code,
    ]);
  },
);

test('On the wire, a code is sent again after a refusal that passes, and not after a connection that broke or a page.', async () => {
  const code = { code: new Secret('made-up-code'), redirectUri: 'https://moca.pages.dev/instagram-callback' };
  const passing = { status: 500, body: fixture('transient') };
  await using scripted = await createScriptedMeta();
  const meta = (): typeof scripted.meta => ({
    ...scripted.meta,
    client: patient(scripted.meta.client, scripted.clock, repeatUnspent),
  });
  scripted.answer(passing, passing, fixture('code-exchange.flat-array'));
  expect((await exchangeInstagramCode(meta(), code)).value.reveal()).toBe('IGAA-example');
  expect(scripted.calls).toHaveLength(3);
  scripted.answer((response) => response.destroy(), fixture('code-exchange.flat-array'));
  expect((await failureOf(exchangeInstagramCode(meta(), code))).requestSent).toBe(true);
  expect(scripted.calls).toHaveLength(4);
  await using page = await createScriptedMeta();
  page.answer({ status: 502, headers: { 'content-type': 'text/html' }, body: '<html>' });
  const hasty = { ...page.meta, client: patient(page.meta.client, page.clock, repeatUnspent) };
  await failureOf(exchangeInstagramCode(hasty, code));
  expect(page.calls).toHaveLength(1);
});
