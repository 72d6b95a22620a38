/** How much of a secret has to stand somewhere to count: what is left of it could not be guessed. */
const WINDOW = 16;

export interface Finding {
  /** Where it stands: which log line, answer or file. */
  readonly place: string;
  /** Which secret, without saying it, and in which writing. */
  readonly what: string;
}

/** Finds secrets in texts and files, in every writing in which one could slip through. */
export class SecretScan {
  /** A stretch of each secret in each of its writings, and what that is. */
  readonly #windows = new Map<string, string>();

  /** @throws RangeError for a secret that is too short to be told from ordinary text */
  add(kind: string, secret: string | Buffer): void {
    for (const [writing, text] of writingsOf(Buffer.from(secret))) {
      if (text.length < WINDOW) throw new RangeError(`A ${kind} is too short to be looked for.`);
      // From the middle: the beginning of a token is the same for all of its kind.
      const start = Math.floor((text.length - WINDOW) / 2);
      this.#windows.set(text.slice(start, start + WINDOW), `${kind}, ${writing}`);
    }
  }

  get size(): number {
    return this.#windows.size;
  }

  find(place: string, content: string | Buffer): Finding[] {
    const text = typeof content === 'string' ? content : content.toString('latin1');
    const findings: Finding[] = [];
    for (let at = 0; at + WINDOW <= text.length; at += 1) {
      const what = this.#windows.get(text.slice(at, at + WINDOW));
      if (what !== undefined) findings.push({ place, what });
    }
    return findings;
  }
}

function writingsOf(secret: Buffer): Array<[string, string]> {
  return [
    ['raw', secret.toString('latin1')],
    ['URL-encoded', encodeURIComponent(secret.toString('latin1'))],
    ['hex', secret.toString('hex')],
    ['upper-case hex', secret.toString('hex').toUpperCase()],
    ...[0, 1, 2].flatMap((offset): Array<[string, string]> => [
      [`base64 at ${offset}`, encodedInside(secret, offset, 'base64')],
      [`base64url at ${offset}`, encodedInside(secret, offset, 'base64url')],
    ]),
  ];
}

/** What of the secret's base64 is the same wherever it stands in an encoded text, `offset` bytes into a group. */
function encodedInside(secret: Buffer, offset: number, encoding: 'base64' | 'base64url'): string {
  const encoded = Buffer.concat([Buffer.alloc(offset), secret]).toString(encoding);
  const wholeGroups = Math.floor((offset + secret.length) / 3) * 4;
  return encoded.slice(offset === 0 ? 0 : 4, wholeGroups);
}
