import type { World } from './worlds.js';

/** @see Meta: "Business Login for Instagram", scope values */
const instagramScopes = [
  'instagram_business_basic',
  'instagram_business_manage_messages',
  'instagram_business_manage_comments',
  'instagram_business_content_publish',
  'instagram_business_manage_insights',
];

/** @see Meta: "Permissions Reference", the permissions that the Instagram API with Facebook Login uses */
const facebookScopes = [
  'public_profile',
  'email',
  'instagram_basic',
  'instagram_manage_messages',
  'instagram_manage_comments',
  'instagram_content_publish',
  'instagram_manage_insights',
  'pages_show_list',
  'pages_read_engagement',
  'pages_messaging',
  'pages_manage_metadata',
  'business_management',
];

/** What an app of this world may ask for; anything else is a mistake that the dialog shows on its own page. */
export const knownScopes: Readonly<Record<World, ReadonlySet<string>>> = {
  documented: new Set([...instagramScopes, ...facebookScopes]),
  instagram: new Set(instagramScopes),
  facebook: new Set(facebookScopes),
};

/** Without this one nobody's profile can be read. */
export const basicScope: Readonly<Record<World, string>> = {
  documented: 'instagram_business_basic',
  instagram: 'instagram_business_basic',
  facebook: 'instagram_basic',
};

/** The one that the persona `declined-scope` unticks. */
export const optionalScope: Readonly<Record<World, string>> = {
  documented: 'instagram_business_manage_insights',
  instagram: 'instagram_business_manage_insights',
  facebook: 'instagram_manage_insights',
};

/** Scopes are separated by commas or by spaces. */
export function splitScopes(text: string): readonly string[] {
  return [...new Set(text.split(/[\s,]+/).filter((scope) => scope !== ''))];
}
