import type { AppError } from '../../errors.js';
import type { StepName } from './step-report.js';

/**
 * How the operator mends a step that failed, where more can be said than what the person can do. A step that
 * falls back is often a matter of which of Meta's two products the app and the token belong to.
 */
export function hintFor(step: StepName, error: AppError): string {
  const metaCode = error.details.meta?.code ?? null;
  if (step === 'fb_exchange_token' && (metaCode === 101 || metaCode === 191)) {
    return 'graph.facebook.com does not know the app by this id and token. Set FACEBOOK_CLIENT_ID and FACEBOOK_CLIENT_SECRET to the Meta app’s own pair where they are not, or use INSTAGRAM_LOGIN_FLOW=instagram, which needs no page.';
  }
  if (step === 'fb_exchange_token' && metaCode === 190) {
    return 'The token belongs to Instagram Login (IGAA…), which graph.facebook.com does not take; the Instagram exchange does.';
  }
  if (step === 'ig_exchange_token' && metaCode === 190) {
    return 'The token belongs to Facebook Login (EAA…), which graph.instagram.com does not take; a linked Facebook Page would make it last.';
  }
  if (error.code === 'PAGE_NOT_LINKED') {
    return `${error.userAction} For Pages of a business portfolio the app also needs business_management.`;
  }
  return error.userAction;
}
