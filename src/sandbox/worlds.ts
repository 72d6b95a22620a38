import { randomNumericId, randomText } from './random-text.js';

/**
 * The three worlds that exist side by side; the `client_id` of a call decides which one answers.
 *
 * - `documented`: Facebook's dialog, whose code is redeemed at api.instagram.com. Meta documents no such mix;
 *   it is what some clients do, and how it could answer if it worked.
 * - `instagram`: Business Login for Instagram.
 * - `facebook`: Facebook Login.
 */
export type World = 'documented' | 'instagram' | 'facebook';

export const worlds: readonly World[] = ['documented', 'instagram', 'facebook'];

export interface AppCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

export type Apps = Readonly<Record<World, AppCredentials>>;

function mintApp(): AppCredentials {
  return { clientId: randomNumericId(), clientSecret: `sandbox-app-secret-${randomText(32)}` };
}

export function mintApps(): Apps {
  return { documented: mintApp(), instagram: mintApp(), facebook: mintApp() };
}

export function findWorld(apps: Apps, clientId: string | undefined): World | null {
  return worlds.find((world) => apps[world].clientId === clientId) ?? null;
}
