import { randomBytes, randomInt } from 'node:crypto';

/** Letters and digits only, as in Meta's tokens: about 1.3 characters a byte. */
export function randomText(bytes: number): string {
  return randomBytes(bytes)
    .toString('base64')
    .replaceAll(/[^A-Za-z0-9]/g, '');
}

/** An id of 15 digits, odd like every numeric id of the sandbox. */
export function randomNumericId(): string {
  return String(randomInt(50_000_000_000_000, 140_000_000_000_000) * 2 + 1);
}
