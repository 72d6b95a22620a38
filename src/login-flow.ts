/**
 * How a person connects:
 * - `moca`: Facebook's dialog with Instagram's code exchange, with every rung of the ladder
 * - `instagram`: Business Login for Instagram; no Facebook Page needed
 * - `facebook`: Facebook Login; ends with a page token or not at all
 */
export const loginFlows = ['moca', 'instagram', 'facebook'] as const;

export type LoginFlow = (typeof loginFlows)[number];
