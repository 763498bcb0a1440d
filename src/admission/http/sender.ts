/** The groups of an IPv6 address that name its network. A host may use every address of it. */
const NETWORK_GROUPS = 4;
const IPV4_IN_IPV6 = '::ffff:';

/**
 * The party behind a remote address, to share time, memory and sockets by. It can't be forged, because a TCP handshake
 * precedes it. For IPv6, a whole /64 is one sender.
 */
export function senderOf(remoteAddress: string | undefined): string {
  if (remoteAddress === undefined) return '';
  if (remoteAddress.startsWith(IPV4_IN_IPV6) && remoteAddress.includes('.'))
    return remoteAddress.slice(IPV4_IN_IPV6.length);
  return remoteAddress.includes(':') ? networkOf(remoteAddress) : remoteAddress;
}

/** The longest run of zeros is written as `::`, and may be inside the network. */
function networkOf(address: string): string {
  const [head = '', tail] = address.split('::', 2);
  const headGroups = head === '' ? [] : head.split(':');
  const tailGroups = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Math.max(0, 2 * NETWORK_GROUPS - headGroups.length - tailGroups.length);
  const groups = [...headGroups, ...Array<string>(zeros).fill('0'), ...tailGroups];
  return `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`;
}
