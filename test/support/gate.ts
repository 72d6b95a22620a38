import type { PipelinePoint, Points } from '../../src/oauth/pipeline-points.js';

/** Holds the pipeline up at a point, until it is opened. */
export interface Gate {
  /** To be given to the app. */
  readonly points: Points;
  /** Resolves when the pipeline stands before it. */
  readonly reached: Promise<void>;
  open(): void;
}

/** Stops the first run that comes to `at`, before what it does there; later ones pass. */
export function createGate(at: PipelinePoint): Gate {
  const arrival = Promise.withResolvers<void>();
  const opening = Promise.withResolvers<void>();
  let isFirst = true;
  return {
    reached: arrival.promise,
    open: opening.resolve,
    points: async (point, run) => {
      if (point === at && isFirst) {
        isFirst = false;
        arrival.resolve();
        await opening.promise;
      }
      return run();
    },
  };
}
