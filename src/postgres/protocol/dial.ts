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
import type { LoginFault } from '../../engine/login/login-result.ts';
import { LoginFailure } from './login-failure.ts';
import type { ServerNetworks } from './server-networks.ts';

/** Where libpq looks for a server's socket: a host that is a path is the folder of it. */
export const isSocketFolder = (host: string): boolean => host.startsWith('/');

/**
 * A socket that is connected. Whoever gets it destroys it. With `networks` a name is looked up once: the addresses that were looked at are those that are connected to.
 *
 * @throws LoginFailure `network`, `dns`, `refused`, `timeout`; also `timeout` when `stop` is aborted.
 */
export async function dial(
  { host, port }: { readonly host: string; readonly port: number },
  stop: AbortSignal,
  networks?: ServerNetworks,
): Promise<Socket> {
  if (isSocketFolder(host)) {
    // It is as local as a loopback is.
    if (networks !== undefined && !(await networks.allows('127.0.0.1'))) throw new LoginFailure('network');
    return connected({ path: `${host}/.s.PGSQL.${port}` }, stop);
  }
  if (networks === undefined) return connected({ host, port }, stop);
  const addresses = await allowed(host, networks, stop);
  return connected({ host, port, lookup: answering(addresses) }, stop);
}

function connected(to: TcpSocketConnectOpts | IpcSocketConnectOpts, stop: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (stop.aborted) throw new LoginFailure('timeout');
    const socket = connect(to);
    // It must always have one: an error that nobody hears ends the process.
    socket.on('error', (error) => fail(faultOf(error)));
    const onStop = () => fail('timeout');
    const fail = (fault: LoginFault) => {
      stop.removeEventListener('abort', onStop);
      socket.destroy();
      reject(new LoginFailure(fault));
    };
    stop.addEventListener('abort', onStop);
    socket.once('connect', () => {
      stop.removeEventListener('abort', onStop);
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

/** The addresses of a host that a server may have; an address is its own. */
async function allowed(
  host: string,
  { allows }: ServerNetworks,
  stop: AbortSignal,
): Promise<readonly LookupAddress[]> {
  const family = isIP(host);
  const found = family === 0 ? await inTime(lookup(host, { all: true }), stop) : [{ address: host, family }];
  const isAllowed = await inTime(Promise.all(found.map(({ address }) => allows(address))), stop);
  const addresses = found.filter((_, index) => isAllowed[index]);
  if (addresses.length === 0) throw new LoginFailure('network');
  return addresses;
}

/** A resolver that does not answer holds nobody up. */
async function inTime<Result>(work: Promise<Result>, stop: AbortSignal): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onStop = () => reject(new LoginFailure('timeout'));
  stop.addEventListener('abort', onStop);
  if (stop.aborted) onStop();
  try {
    return await Promise.race([work, promise]);
  } catch (error) {
    throw error instanceof Error && !(error instanceof LoginFailure)
      ? new LoginFailure(faultOf(error))
      : error;
  } finally {
    stop.removeEventListener('abort', onStop);
  }
}

/** In the place of a resolver. */
const answering =
  (addresses: readonly LookupAddress[]): LookupFunction =>
  (_, { all }, answer) => {
    const [first] = addresses;
    if (all === true || first === undefined) answer(null, [...addresses]);
    else answer(null, first.address, first.family);
  };

const NAMELESS = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME', 'EINVAL']);

/** Nothing listens there, or nothing leads there. */
function faultOf(error: Error): LoginFault {
  const code = 'code' in error ? String(error.code) : '';
  if (NAMELESS.has(code)) return 'dns';
  if (code === 'ETIMEDOUT') return 'timeout';
  return code === 'ECONNRESET' || code === 'EPIPE' ? 'cut' : 'refused';
}
