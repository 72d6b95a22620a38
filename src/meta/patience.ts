import { SECOND, jittered, type Clock } from '../time.js';
import type { MetaAnswer, MetaRequest, MetaSender } from './client.js';
import type { Endpoint } from './hosts.js';
import { MetaError } from './meta-error.js';

/** How often an endpoint is asked again: those of a step do not take each other's tries away. */
const MAXIMUM_REPEATS = 2;
/** No further try begins later than this after the step began; one call may use its own time-out beyond it. */
const BUDGET_MS = 8 * SECOND;
const FIRST_PAUSE_MS = 500;

/** Whether a failed call may be tried again within the step. */
export type MayRepeat = (error: MetaError) => boolean;

/** For calls that change nothing or can be repeated: again after every passing fault. */
export const repeatTransient: MayRepeat = (error) => error.errorClass === 'transient';

/**
 * For the code exchange, which spends the code: again only when it is certain that the code is not spent,
 * because Meta never saw the request, or saw it and named a passing fault of its own.
 */
export const repeatUnspent: MayRepeat = (error) =>
  error.errorClass === 'transient' && (!error.requestSent || error.refused);

/**
 * A sender that bears with passing faults, for one step of the ladder, made when the step begins. Each endpoint
 * that the step needs has at most three tries, however many calls there are to it; the eight seconds, after which
 * nothing is tried again, are the step's: all its calls share them. What a step only likes to know (who consented, what was granted) thus costs the
 * calls that it depends on no tries. Longer patience is not the step's: the ladder goes down, or the attempt is
 * resumed later.
 */
export function patient(
  sender: MetaSender,
  clock: Clock,
  mayRepeat: MayRepeat = repeatTransient,
): MetaSender {
  const deadline = clock.now().getTime() + BUDGET_MS;
  const repeats = new Map<Endpoint, number>();

  async function send<T>(request: MetaRequest<T>): Promise<MetaAnswer<T>> {
    for (;;) {
      try {
        return await sender.send(request);
      } catch (error) {
        const repeated = repeats.get(request.endpoint) ?? 0;
        if (!(error instanceof MetaError) || !mayRepeat(error) || repeated === MAXIMUM_REPEATS) throw error;
        repeats.set(request.endpoint, repeated + 1);
        // 0.5 s, then 1 s.
        const pause = jittered(FIRST_PAUSE_MS * 2 ** repeated);
        if (clock.now().getTime() + pause > deadline) throw error;
        await clock.sleep(pause);
      }
    }
  }

  return { send };
}
