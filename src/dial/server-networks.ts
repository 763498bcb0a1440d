import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import type { Network } from '../engine/login/server/target.ts';

/** Returns whether a server may have this address. */
export interface ServerNetworks {
  readonly allows: (address: string) => Promise<boolean>;
}

/**
 * Networks without a server, or that only the controller's own pod or node reaches. A user that names a server in a
 * Secret must not reach these through lockstep. They are those of RFC 6890, and metadata services that are not
 * link-local (AWS, Google, Azure, Alibaba, Oracle).
 */
const BLOCKED_NETWORKS: readonly string[] = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '168.63.129.16/32',
  '100.100.100.200/32',
  '192.0.0.192/32',
  '::/128',
  '::1/128',
  'fe80::/10',
  'ff00::/8',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
  // Behind these prefixes the embedded IPv4 address can't be determined: local NAT64, and Teredo.
  '64:ff9b:1::/48',
  '2001::/32',
];

/**
 * All networks except those that are local to the controller. `allowed` has precedence. `apiServer` returns the
 * addresses of the API server. They are resolved each time, like those of the server.
 *
 * @internal Exported for tests.
 */
export function serverNetworks(
  allowed: readonly Network[],
  apiServer: () => Promise<readonly string[]>,
): ServerNetworks {
  const allowedList = blockListOf(allowed);
  const blockedList = blockListOf(BLOCKED_NETWORKS.map(parseNetwork));
  return {
    allows: async (address) => {
      const spellings = spellingsOf(address);
      if (spellings.some((form) => isInList(allowedList, form))) return true;
      if (spellings.some((form) => isInList(blockedList, form))) return false;
      const apiServerSpellings = (await apiServer()).flatMap(spellingsOf);
      return !spellings.some((form) => apiServerSpellings.includes(form));
    },
  };
}

/**
 * The networks in which the controller may connect to servers. Its own API server is excluded: a user that names a
 * server in a Secret could otherwise reach it through lockstep.
 */
export function controllerNetworks(apiServer: string, allowed: readonly Network[]): ServerNetworks {
  const host = new URL(apiServer).hostname.replace(/^\[(.*)\]$/, '$1');
  return serverNetworks(allowed, async () => {
    if (isIP(host) !== 0) return [host];
    const addresses = await lookup(host, { all: true });
    return addresses.map(({ address }) => address);
  });
}

const parseNetwork = (text: string): Network => {
  const [address = '', prefix] = text.split('/');
  return { address, prefix: Number(prefix) };
};

function blockListOf(networks: readonly Network[]): BlockList {
  const list = new BlockList();
  for (const { address, prefix } of networks) list.addSubnet(address, prefix, familyOf(address));
  return list;
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 4 ? 'ipv4' : 'ipv6');

const isInList = (list: BlockList, address: string): boolean => list.check(address, familyOf(address));

/** An address in one notation, and the IPv4 address that it embeds. */
function spellingsOf(text: string): readonly string[] {
  const address = text.replace(/%.*$/, '');
  if (isIP(address) !== 6) return [address];
  const words = ipv6Words(address);
  const inner = embeddedIpv4(words);
  return [words.map((word) => word.toString(16)).join(':'), ...(inner === undefined ? [] : [inner])];
}

/** The eight words of an IPv6 address. URL writes each address in one notation, without a dotted end. */
function ipv6Words(address: string): readonly number[] {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const words = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
  const [first, last] = [words(head), words(tail ?? '')];
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
}

/** IPv4-compatible, IPv4-mapped, IPv4-translated, NAT64 (64:ff9b::/96), 6to4. */
function embeddedIpv4(words: readonly number[]): string | undefined {
  const prefix = words.slice(0, 6).join(':');
  if (EMBEDDING_PREFIXES.has(prefix)) return dottedIpv4(words[6]!, words[7]!);
  return words[0] === 0x2002 ? dottedIpv4(words[1]!, words[2]!) : undefined;
}

const EMBEDDING_PREFIXES: ReadonlySet<string> = new Set([
  '0:0:0:0:0:0',
  '0:0:0:0:0:65535',
  '0:0:0:0:65535:0',
  `${0x64}:${0xff9b}:0:0:0:0`,
]);

const dottedIpv4 = (high: number, low: number): string =>
  [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
