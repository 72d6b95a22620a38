import { isIP, SocketAddress } from 'node:net';
import { all, compile } from '@fastify/proxy-addr';
import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';
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

/** How many of an IPv6 address's eight groups name the network. */
const NETWORK_GROUPS = 4;

/**
 * Who is counted for a request: the last address that no trusted proxy vouches for, as Fastify's `request.ip` has it.
 * Without its port, one IPv4 address is one however it is written, and of IPv6 a whole /64 is one: that is the least
 * that anybody has. Where a proxy passes on what is no address, the proxy is counted.
 */
export function clientAddress(request: FastifyRequest['raw'], trust: ProxyTrust): string {
  const own = request.socket.remoteAddress ?? '';
  const forwarded = trust === null ? own : (all(request, trust).at(-1) ?? '');
  return networkOf(forwarded) ?? networkOf(own) ?? '';
}

/** Null for what is no address. */
function networkOf(text: string): string | null {
  // Some proxies add the port.
  const host = isIP(text) === 0 ? SocketAddress.parse(text)?.address : text;
  if (host === undefined) return null;
  const address = ipaddr.process(host);
  if (address.kind() === 'ipv4') return address.toString();
  return (address as ipaddr.IPv6).parts
    .slice(0, NETWORK_GROUPS)
    .map((group) => group.toString(16))
    .join(':');
}
