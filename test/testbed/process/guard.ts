import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * Runs a line of shell when this process ends, however it ends: the shell waits on a pipe whose other end only we hold, and the
 * kernel closes it even after SIGKILL. Returns how to call it off.
 */
export function onProcessEnd(script: string, ...args: readonly string[]): () => void {
  const shell = spawn('sh', ['-c', `cat; ${script}`, 'sh', ...args], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  shell.unref();
  const pipe = shell.stdin as Socket;
  pipe.unref();
  pipe.on('error', () => {});
  return () => {
    shell.kill('SIGKILL');
    pipe.destroy();
  };
}
