import { setTimeout as sleep } from 'node:timers/promises';
import type { Daemon } from './daemon.ts';

const TIMEOUT_MS = 60_000;

/**
 * Polls until `probe` says yes.
 *
 * @throws Error with the end of the log of the first of `daemons` that dies meanwhile, or of all when the time is over.
 */
export async function until(
  what: string,
  daemons: readonly Daemon[],
  probe: () => Promise<boolean> | boolean,
  timeoutMs = TIMEOUT_MS,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await probe())) {
    const dead = daemons.find((daemon) => !daemon.isRunning());
    if (dead !== undefined)
      throw new Error(`${dead.name} ended while waiting for ${what}:\n${endOf(dead.log())}`);
    if (Date.now() > deadline) {
      throw new Error(
        `waited ${timeoutMs / 1000} s for ${what}:\n${daemons.map((daemon) => endOf(daemon.log())).join('\n')}`,
      );
    }
    await sleep(50);
  }
}

const endOf = (log: string): string => log.trimEnd().split('\n').slice(-12).join('\n');
