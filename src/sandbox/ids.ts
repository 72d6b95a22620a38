import type { World } from './worlds.js';

/**
 * Numeric ids are odd and, where Meta's are as long, above 2^53: such a number changes on its way through a
 * JavaScript number, so a client that lets that happen cannot pass by luck.
 */
const PROFESSIONAL_IDS = 17_841_405_500_000_001n;
const SECOND_PROFESSIONAL_IDS = 17_841_475_500_000_001n;
const PAGE_IDS = 104_850_310_000_011n;
const BUSINESS_IDS = 201_850_310_000_013n;

/** Ids that an app knows a person by differ from app to app. */
const APP_SCOPED_IDS: Readonly<Record<World, bigint>> = {
  documented: 28_970_031_000_000_003n,
  instagram: 25_410_031_000_000_007n,
  facebook: 27_110_031_000_000_005n,
};
const FACEBOOK_USER_IDS: Readonly<Record<World, bigint>> = {
  documented: 10_220_031_000_000_009n,
  instagram: 10_240_031_000_000_003n,
  facebook: 10_230_031_000_000_011n,
};

/** Far more pages than anybody of the personas has. */
const PLACES = 10;

function oddId(base: bigint, index: number): string {
  return String(base + 2n * BigInt(index));
}

/** The id of a professional account: the same for every app, and the one that webhooks name. */
export function professionalId(personNumber: number): string {
  return oddId(PROFESSIONAL_IDS, personNumber);
}

export function secondProfessionalId(personNumber: number): string {
  return oddId(SECOND_PROFESSIONAL_IDS, personNumber);
}

export function appScopedId(world: World, personNumber: number): string {
  return oddId(APP_SCOPED_IDS[world], personNumber);
}

export function facebookUserId(world: World, personNumber: number): string {
  return oddId(FACEBOOK_USER_IDS[world], personNumber);
}

export function pageId(personNumber: number, place: number): string {
  return oddId(PAGE_IDS, personNumber * PLACES + place);
}

export function businessId(personNumber: number, place: number): string {
  return oddId(BUSINESS_IDS, personNumber * PLACES + place);
}
