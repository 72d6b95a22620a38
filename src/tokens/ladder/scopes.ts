import { AppError } from '../../errors.js';
import type { StepName } from './step-report.js';

/** The permissions without which nothing works, under Instagram Login and under Facebook Login. */
const BASIC_SCOPES = ['instagram_business_basic', 'instagram_basic'];

/** Whether `error` is what `requireBasicScope` throws, and not a refusal of Meta's under the same code. */
export function isBasicScopeMissing(error: AppError): boolean {
  return error.code === 'MISSING_PERMISSION' && error.details.meta === undefined;
}

/**
 * Refuses a connection whose basic permission was declined. Every other missing permission is only recorded.
 *
 * @throws AppError MISSING_PERMISSION
 */
export function requireBasicScope(
  requested: readonly string[],
  granted: readonly string[] | null,
  step: StepName,
): void {
  const wanted = BASIC_SCOPES.filter((scope) => requested.includes(scope));
  if (granted === null || wanted.length === 0) return;
  if (!BASIC_SCOPES.some((scope) => granted.includes(scope))) {
    throw new AppError('MISSING_PERMISSION', `The permission ${wanted.join(' or ')} was not granted.`, {
      step,
    });
  }
}
