import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type Network, type ServerNetworks, serverNetworks } from '../postgres/server-networks.ts';

/** The networks in which the controller may look for servers. Not at the API server that it speaks to: whoever names a server in a Secret would use its rights to reach it. */
export function controllerNetworks(apiServer: string, allowed: readonly Network[]): ServerNetworks {
  const host = new URL(apiServer).hostname.replace(/^\[(.*)\]$/, '$1');
  return serverNetworks(allowed, async () => {
    if (isIP(host) !== 0) return [host];
    const found = await lookup(host, { all: true });
    return found.map(({ address }) => address);
  });
}
