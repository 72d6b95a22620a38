/** Why Meta's dialog sent the person back without a code, in words for the person. */
export interface Refusal {
  readonly isOwnChoice: boolean;
  readonly text: string;
}

const DENIED: Refusal = {
  isOwnChoice: true,
  text: 'You refused access at Meta, so no account was connected and nothing about you was stored. If you did not mean to, choose Connect Instagram and allow the access on Meta’s page.',
};

const NO_ROLE = refused(
  'Meta does not let you use this app yet. Accept the app’s tester invitation on Instagram, or ask the operator for one, and then try again.',
);

const LATER = refused(
  'Meta has a fault of its own and could not ask for your consent. Try again in a few minutes.',
);

const BAD_REQUEST = refused(
  'Meta does not accept what this app asks you for. Trying again does not help: tell the operator to check the app and its permissions in Meta’s app dashboard.',
);

const UNKNOWN = refused(
  'Meta sent you back without saying why. Try again; if this comes back, tell the operator.',
);

/** @see https://datatracker.ietf.org/doc/html/rfc6749#section-4.1.2.1 */
const byError: ReadonlyMap<string, Refusal> = new Map([
  ['access_denied', DENIED],
  ['invalid_request', BAD_REQUEST],
  ['unauthorized_client', BAD_REQUEST],
  ['unsupported_response_type', BAD_REQUEST],
  ['invalid_scope', BAD_REQUEST],
  ['server_error', LATER],
  ['temporarily_unavailable', LATER],
]);

/** Codes of Meta's for a fault that passes; every other one is about the app. */
const PASSING_CODES: readonly string[] = ['1', '2'];

/**
 * What a callback URL says instead of a code; null when it says nothing. The sentences are ours, and the URL only
 * chooses among them: anybody can make one, and what it says would stand on our page.
 */
export function readRefusal(parameters: URLSearchParams): Refusal | null {
  const error = parameters.get('error');
  const code = parameters.get('error_code');
  if (parameters.get('error_reason') === 'user_denied') return DENIED;
  if (/insufficient developer role/i.test(parameters.get('error_description') ?? '')) return NO_ROLE;
  if (error !== null) return byError.get(error) ?? UNKNOWN;
  // Facebook's dialog for a request that it does not like.
  if (code !== null) return PASSING_CODES.includes(code) ? LATER : BAD_REQUEST;
  return ['error_reason', 'error_message'].some((name) => parameters.has(name)) ? UNKNOWN : null;
}

function refused(text: string): Refusal {
  return { isOwnChoice: false, text };
}
