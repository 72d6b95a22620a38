import { all, compile } from '@fastify/proxy-addr';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config.js';

/** Whether a proxy is believed, by its address and how many hops away it is; null when none is. */
export type ProxyTrust = ((address: string, hop: number) => boolean) | null;

/** `TRUST_PROXY`, as a function. */
export function proxyTrust(trustProxy: Config['trustProxy']): ProxyTrust {
  if (trustProxy === false) return null;
  if (trustProxy === true) return () => true;
  if (typeof trustProxy === 'number') return (_address, hop) => hop < trustProxy;
  return compile(trustProxy.split(',').map((item) => item.trim()));
}

/** Where a request comes from, as Fastify's `request.ip` has it: the last address that no trusted proxy vouches for. */
export function clientAddress(request: FastifyRequest['raw'], trust: ProxyTrust): string {
  if (trust === null) return request.socket.remoteAddress ?? '';
  return all(request, trust).at(-1) ?? '';
}
