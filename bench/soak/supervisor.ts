import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Daemon } from '../../test/testbed/process/daemon.ts';
import { memoryOf } from '../process/memory.ts';

/** A process, and what its Pod would have. */
export interface Supervised {
  readonly daemon: Daemon;
  /** `http://HOST:PORT` of /healthz and /readyz. */
  readonly probes: string;
  /** MiB, as the container's memory limit. */
  readonly limitMib: number;
}

export interface WatchedProcess {
  readonly name: string;
  /** Why a kubelet would have restarted it, one entry for each time. */
  readonly restarts: readonly string[];
  /** Resident memory, one sample a second. MiB. */
  readonly memoryMib: readonly number[];
  /** The most that the kernel has seen. MiB. */
  readonly peakMib: number;
  /** How often /readyz did not say yes, and of how many. */
  readonly unready: number;
  readonly probes: number;
}

/** As livenessProbe in manifests/base: three times in a row, ten seconds apart, three seconds each. */
const LIVENESS = { periodMs: 10_000, timeoutMs: 3000, failures: 3 };
const READINESS = { periodMs: 2000, timeoutMs: 2000 };

/**
 * Watches until the signal comes. A real kubelet would restart the process; here it is counted, and the process goes on
 * while it can.
 */
export async function supervise(
  { daemon, probes, limitMib }: Supervised,
  signal: AbortSignal,
): Promise<WatchedProcess> {
  const restarts: string[] = [];
  const memoryMib: number[] = [];
  let failures = 0;
  let unready = 0;
  let readinessProbes = 0;
  let isGone = false;
  const loops = [
    every(1000, () => {
      if (isGone) return;
      isGone = !daemon.isRunning();
      if (isGone) restarts.push('the process has ended');
      else memoryMib.push(memoryOf(daemon).now);
      if ((memoryMib.at(-1) ?? 0) > limitMib)
        restarts.push(`${memoryMib.at(-1)?.toFixed(0)} MiB of ${limitMib}`);
    }),
    every(LIVENESS.periodMs, async () => {
      failures = (await isHealthy(`${probes}/healthz`, LIVENESS.timeoutMs)) ? 0 : failures + 1;
      if (failures === LIVENESS.failures) restarts.push('/healthz failed three times');
      failures %= LIVENESS.failures;
    }),
    every(READINESS.periodMs, async () => {
      readinessProbes += 1;
      if (!(await isHealthy(`${probes}/readyz`, READINESS.timeoutMs))) unready += 1;
    }),
  ];
  await Promise.all(loops);
  const peakMib = Math.max(memoryOf(daemon).peak, ...memoryMib);
  return { name: daemon.name, restarts, memoryMib, peakMib, unready, probes: readinessProbes };

  async function every(periodMs: number, look: () => void | Promise<void>): Promise<void> {
    while (!signal.aborted) {
      await look();
      await sleep(periodMs, undefined, { signal }).catch(() => {});
    }
  }
}

function isHealthy(url: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    get(url, { agent: false, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on('error', () => resolve(false));
  });
}
