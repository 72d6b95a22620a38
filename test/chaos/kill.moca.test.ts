import { expect, test } from 'vitest';
import { killEverywhere } from './deaths.js';
import { passages } from './passages.js';

test(
  'Killed before or after any point of the moca flow, a server leaves a connection that the next one finishes with the code sent once.',
  { timeout: 180_000 },
  async () => {
    const { seen, promised } = await killEverywhere('moca', passages.moca);
    expect(seen).toEqual(promised);
  },
);
