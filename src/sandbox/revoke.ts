import type { Platform } from './platform.js';
import type { RevocationSubcode } from './tokens.js';

/**
 * Kills a person's tokens in every world.
 *
 * @throws {TypeError} for a name that is no persona's: a misspelt one would kill nothing
 */
export function revokeTokens(platform: Platform, personaId: string, subcode: RevocationSubcode): void {
  if (platform.people.find('documented', personaId) === null) {
    throw new TypeError(`"persona" must be a persona's id, not "${personaId}".`);
  }
  platform.tokens.revoke((person) => person.id === personaId, subcode);
}
