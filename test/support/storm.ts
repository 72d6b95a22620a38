import { randomBytes } from 'node:crypto';
import { randomNumbers } from '../../src/sandbox/random-numbers.js';
import { hubSignature, aComment, aMessage, notificationOf } from './webhooks.js';

/** A notification that is to be sent. */
export interface StormPost {
  readonly body: string;
  readonly signature: string;
  readonly isForged: boolean;
}

export interface Storm {
  readonly seed: number;
  readonly posts: readonly StormPost[];
  /** What each event that counts holds as its text. */
  readonly texts: readonly string[];
}

export interface StormPlan {
  readonly seed: number;
  readonly events: number;
  readonly entryIds: readonly string[];
  readonly secret: string;
}

/**
 * Events of several accounts, each sent one to five times, in batches and in an order of their own, with forgeries
 * among them.
 */
export function createStorm({ seed, events, entryIds, secret }: StormPlan): Storm {
  const random = randomNumbers(seed);
  const texts = Array.from({ length: events }, (_, index) => `event ${index} – schöne Grüße`);
  const entries = texts.map((text, index) => {
    const entryId = entryIds[index % entryIds.length] ?? '';
    return index % 3 === 0
      ? aComment(entryId, `comment-${index}`, text)
      : aMessage(entryId, `mid-${index}`, { text });
  });
  const sendings = shuffle(
    entries.flatMap((entry) => Array.from({ length: 1 + Math.floor(random() * 5) }, () => entry)),
    random,
  );
  const posts: StormPost[] = [];
  while (sendings.length > 0) {
    const body = notificationOf(...sendings.splice(0, 1 + Math.floor(random() * 20)));
    posts.push({ body, signature: hubSignature(body, secret), isForged: false });
    if (random() < 0.3) posts.push(forge(body, posts.length, entryIds, random));
  }
  return { seed, posts: shuffle(posts, random), texts };
}

/** An event of nobody's with another secret, or a good body that was changed after it was signed. */
function forge(body: string, index: number, entryIds: readonly string[], random: () => number): StormPost {
  const forged = notificationOf(aMessage(entryIds[0] ?? '', `forged-${index}`, { text: 'forged' }));
  if (random() < 0.5) {
    const wrong = randomBytes(16).toString('hex');
    return { body: forged, signature: hubSignature(forged, wrong), isForged: true };
  }
  return { body: forged, signature: hubSignature(body, 'the secret of another app'), isForged: true };
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const shuffled = [...items];
  for (let at = shuffled.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [shuffled[at], shuffled[other]] = [shuffled[other] as T, shuffled[at] as T];
  }
  return shuffled;
}

/** Runs `work` for every item, some at the same time. */
export async function inParallel<T>(
  items: readonly T[],
  lanes: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const lane = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
