import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import {
  connect,
  type IpcSocketConnectOpts,
  isIP,
  type LookupFunction,
  type Socket,
  type TcpSocketConnectOpts,
} from 'node:net';
import type { LoginFault } from '../engine/login/result/login-result.ts';
import { LoginFailure } from './login-failure.ts';
import type { ServerNetworks } from './server-networks.ts';

/** A socket in the file system, or a host with its port. */
export type Address =
  | { readonly path: string; readonly host?: never }
  | { readonly host: string; readonly port: number };

/**
 * A connected socket, which the caller must destroy. With `networks` a name is resolved once, so the checked addresses
 * are those that are dialled.
 *
 * @throws LoginFailure: `network`, `dns`, `refused`, `timeout`. Also `timeout` if `stop` is aborted.
 */
export async function dial(
  address: Address,
  stopSignal: AbortSignal,
  networks?: ServerNetworks,
): Promise<Socket> {
  if (address.host === undefined) {
    // A Unix socket is as local as loopback.
    if (networks !== undefined && !(await networks.allows('127.0.0.1'))) throw new LoginFailure('network');
    return connectSocket({ path: address.path }, stopSignal);
  }
  const { host, port } = address;
  if (networks === undefined) return connectSocket({ host, port }, stopSignal);
  const addresses = await allowedAddresses(host, networks, stopSignal);
  return connectSocket({ host, port, lookup: fixedLookup(addresses) }, stopSignal);
}

async function connectSocket(
  options: TcpSocketConnectOpts | IpcSocketConnectOpts,
  stopSignal: AbortSignal,
): Promise<Socket> {
  if (stopSignal.aborted) throw new LoginFailure('timeout');
  const socket = connect(options);
  const connected = new Promise<void>((resolve, reject) => {
    // The socket always needs a listener, because an unhandled error ends the process.
    socket.on('error', (error) => reject(new LoginFailure(networkFault(error))));
    socket.once('connect', resolve);
  });
  try {
    await untilAborted(connected, stopSignal);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  socket.setNoDelay(true);
  return socket;
}

/** The permitted addresses of a host. A host that is an address has only that one. */
async function allowedAddresses(
  host: string,
  { allows }: ServerNetworks,
  stop: AbortSignal,
): Promise<readonly LookupAddress[]> {
  const family = isIP(host);
  const resolveHost = async () => (family === 0 ? lookup(host, { all: true }) : [{ address: host, family }]);
  const resolveAllowed = async (): Promise<readonly LookupAddress[]> => {
    const resolved = await resolveHost();
    const isAllowed = await Promise.all(resolved.map(({ address }) => allows(address)));
    return resolved.filter((_, index) => isAllowed[index]);
  };
  // A resolver that does not answer must not block the login.
  const addresses = await untilAborted(resolveAllowed(), stop).catch((error: Error) => {
    throw error instanceof LoginFailure ? error : new LoginFailure(networkFault(error));
  });
  if (addresses.length === 0) throw new LoginFailure('network');
  return addresses;
}

/** @throws LoginFailure `timeout` if the signal aborts first. The work then continues, without an effect. */
export async function untilAborted<Result>(work: Promise<Result>, stop: AbortSignal): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onStop = () => reject(new LoginFailure('timeout'));
  stop.addEventListener('abort', onStop);
  if (stop.aborted) onStop();
  try {
    return await Promise.race([work, promise]);
  } finally {
    stop.removeEventListener('abort', onStop);
  }
}

/** Replaces the resolver for checked addresses. */
const fixedLookup =
  (addresses: readonly LookupAddress[]): LookupFunction =>
  (_, { all }, callback) => {
    const [first] = addresses;
    if (all === true || first === undefined) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };

const DNS_ERRORS = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME', 'EINVAL']);

/** No program listens at the address, or there is no route to it. */
function networkFault(error: Error): LoginFault {
  const code = 'code' in error ? String(error.code) : '';
  if (DNS_ERRORS.has(code)) return 'dns';
  if (code === 'ETIMEDOUT') return 'timeout';
  return code === 'ECONNRESET' || code === 'EPIPE' ? 'cut' : 'refused';
}
