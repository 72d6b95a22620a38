const STORAGE_KEY = 'moca.verifier';

/**
 * Makes a verifier, keeps it for the callback page of this tab, and returns its challenge (S256).
 *
 * @see https://datatracker.ietf.org/doc/html/rfc7636#section-4
 */
export async function createChallenge(): Promise<string> {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  sessionStorage.setItem(STORAGE_KEY, verifier);
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
}

/** The verifier of the authorization that this tab began; null in another tab. */
export function readVerifier(): string | null {
  return sessionStorage.getItem(STORAGE_KEY);
}

/** Forgets it, when it is of no more use. */
export function dropVerifier(): void {
  sessionStorage.removeItem(STORAGE_KEY);
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
