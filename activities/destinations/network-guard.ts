/**
 * Keeps people who may type an endpoint from reaching what only the worker can reach (server-side request forgery): its own machine,
 * private networks, the cloud's metadata service. An address is checked when the endpoint is looked at and again when a connection is
 * made (`guarded-agents.ts`), because a name may answer with another address the second time (DNS rebinding).
 */
import { lookup as systemLookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import type { NetworkPolicy } from './policy.ts';

/** From the IANA special-purpose registries: everything that is not a public unicast address. */
const REFUSED_IPV4 = [
  '0.0.0.0/8', // this network, unspecified
  '10.0.0.0/8',
  '100.64.0.0/10', // carrier-grade NAT
  '127.0.0.0/8',
  '169.254.0.0/16', // link-local, metadata services
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16',
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
];

/** Inside 2000::/3; everything outside it is refused as a whole: loopback, mapped, NAT64, unique local, link-local, multicast. */
const REFUSED_IPV6 = [
  '2001::/23', // protocol assignments, Teredo
  '2001:db8::/32',
  '2002::/16', // 6to4, which carries an IPv4 address
  '3fff::/20',
];

const refusedIpv4 = blockList(REFUSED_IPV4, 'ipv4');
const refusedIpv6 = blockList(REFUSED_IPV6, 'ipv6');
const unicastIpv6 = blockList(['2000::/3'], 'ipv6');

/** An address that the operator does not let destinations reach. */
export class NetworkRefusedError extends Error {
  override name = 'NetworkRefusedError';
  readonly reason: 'address' | 'http';

  constructor(reason: 'address' | 'http') {
    super(reason === 'http' ? 'plain http is not allowed' : 'the address is not a public one');
    this.reason = reason;
  }
}

/** True for addresses that everybody on the internet could reach as well. `address` is IPv4 or IPv6, with or without zone. */
export function isPublicAddress(address: string): boolean {
  const [bare = ''] = address.split('%');
  switch (isIP(bare)) {
    case 4:
      return !refusedIpv4.check(bare, 'ipv4');
    case 6:
      return unicastIpv6.check(bare, 'ipv6') && !refusedIpv6.check(bare, 'ipv6');
    default:
      return false;
  }
}

/** True when `host` (a name or an IP address) may have whatever address it has. */
export function isTrustedHost(host: string, policy: NetworkPolicy): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  return (
    policy.allowPrivateNetworks ||
    policy.allowedHosts.some((entry) => {
      const allowed = entry.toLowerCase();
      return name === allowed || (isIP(allowed) === 0 && name.endsWith(`.${allowed}`));
    })
  );
}

/**
 * Checks all that can be said without asking the name server.
 * @throws NetworkRefusedError
 */
export function assertUrlAllowed(url: URL, policy: NetworkPolicy): void {
  if (url.protocol !== 'https:' && !policy.allowHttp) throw new NetworkRefusedError('http');
  assertLiteralAllowed(hostOf(url), policy);
}

/** @throws NetworkRefusedError when `host` is an IP address that may not be reached; names pass, they are checked when resolved. */
export function assertLiteralAllowed(host: string, policy: NetworkPolicy): void {
  if (isIP(host) !== 0 && !isPublicAddress(host) && !isTrustedHost(host, policy)) {
    throw new NetworkRefusedError('address');
  }
}

/** @throws NetworkRefusedError when one of the addresses that `host` resolved to may not be reached. */
export function assertAddressesAllowed(host: string, addresses: readonly string[], policy: NetworkPolicy): void {
  if (!isTrustedHost(host, policy) && !addresses.every(isPublicAddress)) throw new NetworkRefusedError('address');
}

/**
 * Resolves the host of an endpoint and checks every address.
 * @throws NetworkRefusedError, or the resolver's error (`code` ENOTFOUND, EAI_AGAIN)
 */
export async function resolveAllowed(url: URL, policy: NetworkPolicy): Promise<void> {
  assertUrlAllowed(url, policy);
  const host = hostOf(url);
  const addresses = await systemLookup(host, { all: true });
  assertAddressesAllowed(
    host,
    addresses.map(({ address }) => address),
    policy,
  );
}

/** The host without the brackets around IPv6 addresses. `URL` has already turned forms such as 0x7f.1 into 127.0.0.1. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function blockList(ranges: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', bits] = range.split('/');
    list.addSubnet(network, Number(bits), family);
  }
  return list;
}
