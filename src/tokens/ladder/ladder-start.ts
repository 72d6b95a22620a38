import type { LoginFlow } from '../../login-flow.js';
import type { Secret } from '../../secret.js';
import type { TokenKind } from '../token-kind.js';
import type { StepReport } from './step-report.js';

/** What the ladder begins with: the token of the code exchange, or a short-lived one that was stored. */
export interface LadderStart {
  readonly flow: LoginFlow;
  readonly token: Secret;
  readonly issuedAt: Date;
  /** When that token ends; recorded as it is if no step betters it. */
  readonly expiresAt: Date;
  /** What was granted, as far as it is known already. */
  readonly grantedScopes: readonly string[] | null;
  /** The professional account that the caller picked, or that a stored token is known to be of. */
  readonly professionalAccountId: string | null;
  /** Whether it has to be certain that the token is that account's. A stored token was, when it was stored. */
  readonly mustProveAccount: boolean;
  /** The steps that were taken before. */
  readonly steps: readonly StepReport[];
}

/** A token that was obtained and that a profile call has accepted. */
export interface ObtainedToken {
  readonly value: Secret;
  readonly kind: TokenKind;
  readonly issuedAt: Date;
  /** Null for a token that never expires. */
  readonly expiresAt: Date | null;
}

/** Whose token it is. */
export interface Profile {
  /** The id that Meta gives this profile on the rung where it was read. */
  readonly id: string;
  /** The `17841…` id that webhooks use, where it is known. */
  readonly professionalAccountId: string | null;
  /** `/me`'s id, where the profile was read there. */
  readonly appScopedId: string | null;
  readonly username: string;
  readonly name: string | null;
  readonly pictureUrl: string | null;
  /** The Facebook Page that the account is linked to, where the token is that page's. */
  readonly pageId: string | null;
}

/** How far the ladder was climbed. */
export interface Climbed {
  readonly token: ObtainedToken;
  readonly profile: Profile;
  /** The person who consented, as Meta's callbacks name them; null where Meta did not tell. */
  readonly grantorId: string | null;
  /** Granted permissions; null where Meta did not tell. */
  readonly grantedScopes: readonly string[] | null;
  readonly steps: readonly StepReport[];
}
