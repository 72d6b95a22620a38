import type { Contestant } from './contestants.ts';
import type { ExchangeFigures } from './exchange.ts';
import type { Machine } from './machine.ts';
import type { Samples } from './measure-works.ts';
import type { StartFigures } from './starts.ts';

/** All that a run has measured; what was not asked for is empty. */
export interface Results {
  readonly machine: Machine;
  readonly rounds: number;
  readonly roundMs: number;
  readonly works: Samples;
  readonly starts: ReadonlyMap<Contestant, StartFigures>;
  readonly exchange: ExchangeFigures | null;
  readonly postgresql: Samples;
}
