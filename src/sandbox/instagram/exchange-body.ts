import { numericLiteral, type JsonObject } from '../json.js';
import type { ExchangeShape } from '../rotation.js';

interface ExchangeResult {
  readonly accessToken: string;
  readonly userId: string;
  readonly permissions: readonly string[];
}

/** Neither `token_type` nor `expires_in` is ever among the fields. */
export function exchangeBody(shape: ExchangeShape, result: ExchangeResult): JsonObject {
  const fields = {
    access_token: result.accessToken,
    user_id: shape === 'wrapped_string' ? result.userId : numericLiteral(result.userId),
    permissions: shape === 'flat_array' ? result.permissions : result.permissions.join(','),
  };
  return shape === 'flat_array' || shape === 'flat_string' ? fields : { data: [fields] };
}
