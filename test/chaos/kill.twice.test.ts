import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { attemptsOf, complete, refused } from '../support/outcome.js';
import { createVictims, type Death } from './victims.js';

test.each<{ when: string; first: Death; sendings: number }>([
  {
    when: "after Meta's answer",
    first: { point: 'meta.code_exchange', side: 'after' },
    sendings: 2,
  },
  {
    when: 'before the code was sent',
    first: { point: 'attempt.exchanging', side: 'after' },
    sendings: 1,
  },
])(
  'A server killed $when, and the next one at its second sending, leave a code that is not sent again.',
  { timeout: 60_000 },
  async ({ first, sendings }) => {
    await using victims = await createVictims('instagram');
    await victims.start();
    const callback = await victims.consent('page-token');
    await victims.order({ death: first });
    await complete(victims, callback).catch(() => null);
    expect(await victims.ended).toBe('SIGKILL');
    expect(await victims.startToDie({ point: 'meta.code_exchange', side: 'after' })).toBe('SIGKILL');
    await victims.start();
    await eventually(async () => expect(await attemptsOf(victims)).toMatchObject([{ outcome: 'FAILED' }]));
    expect((await refused(victims, callback)).extensions).toMatchObject({
      code: 'REAUTHORIZATION_REQUIRED',
      retryable: false,
    });
    expect(victims.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(sendings);
  },
);
