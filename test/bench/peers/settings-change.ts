/** What a mutation's variables say, as the operation has them. */
export interface SettingsChange {
  readonly accountId: string;
  readonly settings: {
    readonly systemPrompt?: string | null;
    readonly toneOfVoice?: string | null;
    readonly keyInformation?: string | null;
  };
}

/** Who does it: the name under which the server knows the admin's key. */
export const ACTOR = 'admin:bench';

/** What the event says, in the server's words. */
export function detailOf(settings: SettingsChange['settings'], version: number | string): string {
  return `${Object.keys(settings).join(', ')} changed; version ${version}.`;
}
