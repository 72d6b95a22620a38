interface ApiVersion {
  readonly name: string;
  /** The first day on which it no longer answers; null: Meta has not said. */
  readonly endsAt: Date | null;
}

/**
 * Oldest first.
 *
 * @see Meta: "Graph API Changelog", available versions
 */
const versions: readonly ApiVersion[] = [
  { name: 'v19.0', endsAt: new Date('2026-05-21') },
  { name: 'v20.0', endsAt: new Date('2026-09-24') },
  { name: 'v21.0', endsAt: new Date('2027-01-21') },
  { name: 'v22.0', endsAt: new Date('2027-05-20') },
  { name: 'v23.0', endsAt: new Date('2027-10-08') },
  { name: 'v24.0', endsAt: new Date('2028-02-18') },
  { name: 'v25.0', endsAt: new Date('2028-07-29') },
  { name: 'v26.0', endsAt: null },
];

/** What a call without a version gets: the setting of the app's dashboard. */
const unversioned = 'v26.0';

/**
 * The version that answers a call: an expired one "defaults to the next oldest usable version" instead of
 * failing. Null: there never was such a version, and Meta takes its name for a part of the path.
 *
 * @see Meta: "Platform Versioning"
 */
export function answeringVersion(asked: string | null, now: Date): string | null {
  if (asked === null) return unversioned;
  const index = versions.findIndex((version) => version.name === asked);
  if (index === -1) return isOlderThanAll(asked) ? firstUsable(versions, now) : null;
  return firstUsable(versions.slice(index), now);
}

function firstUsable(candidates: readonly ApiVersion[], now: Date): string {
  return candidates.find((version) => version.endsAt === null || now < version.endsAt)?.name ?? unversioned;
}

function isOlderThanAll(asked: string): boolean {
  return Number.parseFloat(asked.slice(1)) < 19;
}
