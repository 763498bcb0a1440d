import { connect, type Socket } from 'node:net';
import type { LoginFault } from '../engine/credential/verdict.ts';
import { LoginFailure } from './login-failure.ts';

/** Where libpq looks for a server's socket: a host that is a path is the folder of it. */
export const isSocketFolder = (host: string): boolean => host.startsWith('/');

/**
 * A socket that is connected. Whoever gets it destroys it.
 *
 * @throws LoginFailure `dns`, `refused`, `timeout`; also `timeout` when `stop` is aborted.
 */
export function dial(
  { host, port }: { readonly host: string; readonly port: number },
  stop: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (stop.aborted) throw new LoginFailure('timeout');
    const socket = isSocketFolder(host) ? connect(`${host}/.s.PGSQL.${port}`) : connect({ host, port });
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

const NAMELESS = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME', 'EINVAL']);

/** Nothing listens there, or nothing leads there. */
function faultOf(error: Error): LoginFault {
  const code = 'code' in error ? String(error.code) : '';
  if (NAMELESS.has(code)) return 'dns';
  if (code === 'ETIMEDOUT') return 'timeout';
  return code === 'ECONNRESET' || code === 'EPIPE' ? 'cut' : 'refused';
}
