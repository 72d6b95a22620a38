import type { LoginFlow } from '../login-flow.js';

const INSTAGRAM_SCOPES = [
  'instagram_business_basic',
  'instagram_business_manage_messages',
  'instagram_business_manage_comments',
  'instagram_business_content_publish',
  'instagram_business_manage_insights',
];

/**
 * What each flow asks for, in the order of the authorization URL.
 *
 * @see https://developers.facebook.com/docs/permissions
 */
export const defaultScopes: Readonly<Record<LoginFlow, readonly string[]>> = {
  moca: [...INSTAGRAM_SCOPES, 'pages_show_list', 'pages_messaging'],
  instagram: INSTAGRAM_SCOPES,
  facebook: [
    'instagram_basic',
    'pages_show_list',
    'pages_read_engagement',
    'instagram_manage_messages',
    'pages_messaging',
    'pages_manage_metadata',
    'instagram_manage_comments',
    'instagram_content_publish',
    'instagram_manage_insights',
    // For pages that belong to a business portfolio.
    'business_management',
  ],
};
