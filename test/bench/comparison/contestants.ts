import { join } from 'node:path';
import { builtPeer } from './built-peers.ts';

export interface Contestant {
  readonly name: string;
  readonly program: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether it is sent texts that stand nowhere in the repository. */
  readonly otherText?: boolean;
}

const OURS = join(import.meta.dirname, '..', '..', '..', 'dist', 'server', 'main.js');

export const raw: Contestant = { name: 'raw', program: builtPeer('raw') };
export const rawPostgresql: Contestant = { name: 'raw, pg', program: builtPeer('raw-postgresql') };
export const mercurius: Contestant = { name: 'Mercurius + JIT', program: builtPeer('mercurius') };
export const yoga: Contestant = { name: 'Yoga + JIT', program: builtPeer('yoga') };
export const apollo: Contestant = { name: 'Apollo + em.find', program: builtPeer('apollo') };
export const ours: Contestant = { name: 'ours, trusted documents', program: OURS };
export const oursOther: Contestant = { name: 'ours, any other text', program: OURS, otherText: true };

export const contestants: readonly Contestant[] = [raw, mercurius, yoga, apollo, ours, oursOther];
