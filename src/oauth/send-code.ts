import type { LoginFlow } from '../login-flow.js';
import {
  exchangeFacebookCode,
  exchangeInstagramCode,
  type AuthorizationCode,
  type FirstToken,
} from '../meta/exchange-authorization-code.js';
import { MetaError } from '../meta/meta-error.js';
import type { Meta } from '../meta/meta.js';
import { patient, repeatUnspent } from '../meta/patience.js';
import type { Clock } from '../time.js';
import { StepLog } from '../tokens/ladder/step-log.js';
import type { StepReport } from '../tokens/ladder/step-report.js';

/**
 * What became of the code:
 * - `exchanged`: here is the token
 * - `unspent`: Meta never saw it, or turned us away for a passing reason: it may be sent again
 * - `unknown`: it was sent and no answer came: Meta may have spent it
 * - `refused`: Meta has answered, and there is no token
 */
export type SentCode =
  | { readonly outcome: 'exchanged'; readonly token: FirstToken; readonly steps: StepReport[] }
  | {
      readonly outcome: 'unspent' | 'unknown' | 'refused';
      readonly error: MetaError;
      readonly steps: StepReport[];
    };

/** Sends the code to the endpoint that takes the flow's codes, and says what became of it. */
export async function sendCode(
  meta: Meta,
  clock: Clock,
  flow: LoginFlow,
  code: AuthorizationCode,
): Promise<SentCode> {
  const log = new StepLog(clock);
  const patientMeta = { ...meta, client: patient(meta.client, clock, repeatUnspent) };
  const exchange = flow === 'facebook' ? exchangeFacebookCode : exchangeInstagramCode;
  let failure: MetaError | null = null;
  const taken = await log.take('code_exchange', async () => {
    try {
      return await exchange(patientMeta, code);
    } catch (error) {
      if (error instanceof MetaError) failure = error;
      throw error;
    }
  });
  const steps = log.reports(['code_exchange']);
  if (taken.ok) return { outcome: 'exchanged', token: taken.value, steps };
  // The closure above set it: TypeScript does not see that.
  const error = failure as MetaError | null;
  if (error === null) throw taken.error;
  return { outcome: fateOf(error), error, steps };
}

function fateOf(error: MetaError): 'unspent' | 'unknown' | 'refused' {
  if (error.errorClass === 'rate_limit' || !error.requestSent) return 'unspent';
  if (error.errorClass !== 'transient') return 'refused';
  return error.refused ? 'unspent' : 'unknown';
}
