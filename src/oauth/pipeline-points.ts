/**
 * Every place at which the pipeline waits for the database or for Meta, from the first write of an attempt to
 * its end. A test stops the process before or after any of them; nothing else uses them.
 */
export const pipelinePoints = [
  'attempt.insert',
  'attempt.claim',
  'attempt.limits',
  'attempt.read_code',
  'attempt.exchanging',
  'meta.code_exchange',
  'attempt.exchanged',
  'attempt.read_token',
  'lease.renew',
  'meta.fb_exchange_token',
  'meta.me_accounts',
  'meta.me_businesses',
  'meta.owned_pages',
  'meta.client_pages',
  'meta.page_profile',
  'meta.fb_me',
  'meta.me_permissions',
  'meta.ig_exchange_token',
  'meta.ig_me',
  'meta.debug_token',
  'ladder.pause',
  'account.find_stored',
  'account.save',
  'attempt.postpone',
  'attempt.fail',
  'attempt.release',
] as const;

export type PipelinePoint = (typeof pipelinePoints)[number];

/** Runs `run` at the named point. */
export type Points = <T>(point: PipelinePoint, run: () => Promise<T>) => Promise<T>;

export const passThrough: Points = (_point, run) => run();
