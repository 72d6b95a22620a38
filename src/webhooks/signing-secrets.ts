import type { Secrets } from '../config.js';
import type { SigningSecret } from '../meta/webhook-signature.js';

/** Every secret that Meta may sign with. Both apps may have the same one: it is listed once. */
export function signingSecrets(secrets: Secrets): SigningSecret[] {
  const all = [
    { name: 'instagram', secret: secrets.instagramClientSecret },
    { name: 'facebook', secret: secrets.facebookClientSecret },
    { name: 'instagram_previous', secret: secrets.instagramClientSecretPrevious },
    { name: 'facebook_previous', secret: secrets.facebookClientSecretPrevious },
  ] as const;
  const seen = new Set<string>();
  return all.flatMap(({ name, secret }) => {
    if (secret === null || seen.has(secret.reveal())) return [];
    seen.add(secret.reveal());
    return [{ name, secret }];
  });
}
