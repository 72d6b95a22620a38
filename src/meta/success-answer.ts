import { z } from 'zod';

/** The whole answer of a call that only changes something. */
export const successAnswer = z.object({ success: z.literal(true) });
