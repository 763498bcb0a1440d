import { setTimeout as sleep } from 'node:timers/promises';
import type { Daemon } from './daemon.ts';

const TIMEOUT_MS = 60_000;
const MIN_PAUSE_MS = 50;
const MAX_PAUSE_MS = 250;

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
  const start = Date.now();
  const deadline = start + timeoutMs;
  while (!(await probe())) {
    const dead = daemons.find((daemon) => !daemon.isRunning());
    if (dead !== undefined)
      throw new Error(`${dead.name} ended while waiting for ${what}:\n${endOf(dead.log())}`);
    if (Date.now() > deadline) {
      throw new Error(
        `waited ${timeoutMs / 1000} s for ${what}:\n${daemons.map((daemon) => endOf(daemon.log())).join('\n')}`,
      );
    }
    // A long wait asks less often, because the answers cost the CPU time that it waits for.
    await sleep(Math.min(MIN_PAUSE_MS + (Date.now() - start) / 20, MAX_PAUSE_MS));
  }
}

const endOf = (log: string): string => log.trimEnd().split('\n').slice(-12).join('\n');
