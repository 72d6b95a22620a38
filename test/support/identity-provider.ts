import { createServer } from 'node:http';
import {
  exportJWK,
  generateKeyPair,
  SignJWT,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
} from 'jose';
import type { Environment } from '../../src/config.js';
import type { Clock } from '../../src/time.js';
import { listening } from './loopback.js';

const AUDIENCE = 'moca-connect';

interface Signer {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

interface TokenOptions {
  /** Beside the usual ones, or in their place; `undefined` leaves one out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Partial<JWTHeaderParameters>;
  readonly signer?: Signer;
}

/** An identity provider on this machine, with keys made for the test. */
export interface IdentityProvider extends AsyncDisposable {
  readonly env: Environment;
  readonly issuer: string;
  readonly audience: string;
  /** The key that it signs with now. */
  readonly signer: Signer;
  /** How often its keys were fetched. */
  readonly fetches: number;
  /** A token of a person with this role, for ten minutes. */
  token(role: string | null, options?: TokenOptions): Promise<string>;
  /** Signs with a new key from now on; the old one is still published, or not. */
  rotate(options?: { alg?: string; keepOld?: boolean }): Promise<void>;
  /** Answers the fetch of its keys with this instead, until it is told null. */
  answerWith(answer: { status: number; body?: string } | 'nothing' | null): void;
}

export async function createIdentityProvider(clock: Clock, alg = 'RS256'): Promise<IdentityProvider> {
  let signer = await createSigner(alg);
  let published = [signer.jwk];
  let instead: { status: number; body?: string } | 'nothing' | null = null;
  let fetches = 0;
  const server = createServer((_request, response) => {
    fetches += 1;
    if (instead === 'nothing') return;
    const { status, body } = instead ?? { status: 200 };
    response
      .writeHead(status, { 'content-type': 'application/json', location: '/elsewhere' })
      .end(body ?? JSON.stringify({ keys: published }));
  });
  const open = await listening(server);
  const base = `http://127.0.0.1:${open.port}`;
  const issuer = `${base}/`;
  return {
    env: { AUTH_JWKS_URL: `${base}/keys`, AUTH_ISSUER: issuer, AUTH_AUDIENCE: AUDIENCE },
    issuer,
    audience: AUDIENCE,
    get signer() {
      return signer;
    },
    get fetches() {
      return fetches;
    },
    token: (role, { claims = {}, header = {}, signer: by = signer } = {}) => {
      const now = Math.floor(clock.now().getTime() / 1_000);
      const payload: Record<string, unknown> = {
        iss: issuer,
        aud: AUDIENCE,
        sub: 'auth0|grace',
        iat: now,
        exp: now + 600,
        ...(role === null ? {} : { roles: [role] }),
        ...claims,
      };
      return new SignJWT(payload as JWTPayload)
        .setProtectedHeader({ alg: by.alg, kid: by.kid, ...header })
        .sign(by.privateKey);
    },
    rotate: async ({ alg: next = alg, keepOld = true } = {}) => {
      signer = await createSigner(next);
      published = keepOld ? [...published, signer.jwk] : [signer.jwk];
    },
    answerWith: (answer) => {
      instead = answer;
    },
    [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
  };
}

let made = 0;

export async function createSigner(alg: string): Promise<Signer> {
  made += 1;
  const kid = `key-${made}`;
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}
