import { type ChildProcessByStdio, type SpawnOptionsWithoutStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

/** A login plugin may wait for a person in a browser. In milliseconds. */
const MAX_RUN_MS = 5 * 60_000;
/** An answer of a login plugin has a token, or a certificate with its key. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

/**
 * Starts a login plugin for the client library, which has no limit of its own. Beyond a limit, it kills the program.
 * The caller gets an `error` and the end of both streams, also if a child of the program keeps them open.
 */
export function spawnLimited(
  command: string,
  args: readonly string[] = [],
  options: SpawnOptionsWithoutStdio = {},
  maxRunMs = MAX_RUN_MS,
): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = (reason: string): void => {
    child.emit('error', new Error(reason));
    child.kill('SIGKILL');
    child.stdout.destroy();
    child.stderr.destroy();
  };
  const timer = setTimeout(() => stop(`it did not end within ${maxRunMs / 1000} s`), maxRunMs);
  let bytesLeft = MAX_OUTPUT_BYTES;
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer | string) => {
      bytesLeft -= chunk.length;
      if (bytesLeft < 0) stop('it printed more than 1 MiB');
    });
  return child.on('close', () => clearTimeout(timer));
}
