import { expect, test } from 'vitest';
import { killEverywhere } from './deaths.js';
import { passages } from './passages.js';
import { size } from './size.js';

test(
  'Killed before or after any point of the moca flow, a server leaves a connection that the next one finishes with the code sent once.',
  { timeout: size.timeoutMs },
  async () => {
    const { seen, promised } = await killEverywhere('moca', passages.moca);
    expect(seen).toEqual(promised);
  },
);
