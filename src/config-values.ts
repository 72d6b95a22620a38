import { isIP } from 'node:net';
import { z } from 'zod';
import { Secret } from './secret.js';
import { DAY, HOUR, MINUTE, SECOND } from './time.js';

// The kinds of values that environment variables hold. No message repeats a value.

/** What `.env.example` holds where a real value belongs; the server does not start with one of them. */
export const placeholders: readonly string[] = [
  'your-instagram-app-id',
  'your-instagram-app-secret',
  'your-meta-app-id',
  'your-meta-app-secret',
];

export const text = z.string();

/** A value that others made, Meta or who receives from us: its length is their business. */
export const givenValue = text.refine(
  (value) => !placeholders.includes(value),
  'still holds the text of .env.example',
);

export const baseUrl = text
  .refine(isSafeUrl, 'must be an https URL (http only on loopback) without query or fragment')
  .transform((value) => value.replace(/\/+$/, ''));

export const redirectUri = text.refine(
  (value) => isSafeUrl(value.split('?')[0] ?? '') && !value.includes('#'),
  'must be an https URL (http only on loopback) without fragment',
);

export const list = text.transform((value): string[] =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

export const origin = z
  .string()
  .refine(
    (value) => URL.canParse(value) && new URL(value).origin === value,
    'must be exact origins, such as https://app.example.com',
  );

const windows: Readonly<Record<string, number>> = {
  s: SECOND,
  sec: SECOND,
  min: MINUTE,
  h: HOUR,
  hour: HOUR,
};

export const rateLimit = text
  .regex(/^[1-9]\d{0,8}\/(s|sec|min|h|hour)$/, 'must be a number per time, such as 60/min')
  .transform((value) => {
    const [maximum = '', window = ''] = value.split('/');
    return { maximum: Number(maximum), windowMs: windows[window] ?? MINUTE };
  });

export const retention = text
  .regex(/^[1-9]\d{0,3}[hd]$/, 'must be hours or days, such as 36h or 7d')
  .transform((value) => Number(value.slice(0, -1)) * (value.endsWith('d') ? DAY : HOUR));

export const onOff = z
  .enum(['on', 'off', 'true', 'false', '1', '0'], 'must be on or off')
  .transform((value) => value === 'on' || value === 'true' || value === '1');

export const encryptionKeys = text
  .transform((value, context) =>
    value.split(',').map((item) => {
      const [id = '', encoded = '', ...rest] = item.trim().split(':');
      // Node skips what is no base64: a damaged key would be another key.
      if (!/^[\w-]{1,32}$/.test(id) || !/^[\w+/-]{43}=?$/.test(encoded) || rest.length > 0) {
        context.addIssue('must be kid:base64-of-32-bytes, separated by commas');
      }
      const bytes = Buffer.from(encoded, 'base64');
      return { id, bytes };
    }),
  )
  .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, 'names a key id twice');

export const apiKeys = text
  .transform((value, context) =>
    value.split(',').map((item) => {
      const at = item.indexOf(':');
      const name = item.slice(0, Math.max(at, 0)).trim();
      const key = item.slice(at + 1).trim();
      // Anything but printable ASCII could not be sent in a header.
      if (!/^[A-Za-z0-9_.@-]{1,64}$/.test(name) || !/^[!-~]{24,}$/.test(key)) {
        context.addIssue('must be name:key, separated by commas, with keys of at least 24 ASCII characters');
      }
      return { name, key: new Secret(key) };
    }),
  )
  .refine((keys) => new Set(keys.map(({ name }) => name)).size === keys.length, 'names a key twice');

export const port = text
  .refine((value) => /^\d{1,5}$/.test(value) && Number(value) <= 65_535, 'must be a port number')
  .transform(Number);

export const poolSize = text.regex(/^[1-9]\d{0,3}$/, 'must be a number of connections').transform(Number);

/** What Fastify calls groups of addresses. */
const proxyNames: readonly string[] = ['loopback', 'linklocal', 'uniquelocal'];

export const trustProxy = text
  .refine(
    (value) =>
      /^(true|false|\d{1,2})$/.test(value) || value.split(',').every((item) => isAddressRange(item.trim())),
    'must be true, false, a number of hops, or addresses separated by commas',
  )
  .transform((value): boolean | number | string => {
    if (value === 'true' || value === 'false') return value === 'true';
    return /^\d+$/.test(value) ? Number(value) : value;
  });

/** A group of addresses, an address, or addresses by their common bits (`10.0.0.0/8`). */
function isAddressRange(item: string): boolean {
  if (proxyNames.includes(item)) return true;
  const [address = '', bits, ...rest] = item.split('/');
  const version = isIP(address);
  if (version === 0 || address.includes('%') || rest.length > 0) return false;
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/** Whether a URL's host is this machine (RFC 1122 section 3.2.1.3). */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
  );
}

/** Whether secrets may be sent there: https, or http that stays on this machine. */
function isSafeUrl(value: string): boolean {
  // Even an empty query or fragment would swallow the path that is put behind it.
  if (!/^https?:\/\/[^?#\s\\]+$/.test(value) || !URL.canParse(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  return (protocol === 'https:' || isLoopback(hostname)) && username === '' && password === '';
}
