import { LockstepError } from '../errors.ts';
import type { ServerClock } from '../server-clock.ts';
import { createServingFiles } from './ca.ts';
import type { ServingFiles } from './renewal.ts';
import type { CertificateRotator } from './rotator.ts';
import { invalidityReason, leafOf } from './serving.ts';
import type { CertificateSource } from './source.ts';

/** How long to wait between two looks. Milliseconds; the wall clock decides what is due, so a timer that stands still does no harm. */
const POLL_MS = 10_000;
/** While there is nothing to serve with, or nothing that anybody would take. */
const START_POLL_MS = 1_000;

export interface ClusterSourceOptions {
  readonly rotator: CertificateRotator;
  readonly clock: ServerClock;
  readonly names: readonly string[];
  /** From 0 to 1: replicas that were started together should not ask together. */
  readonly random: () => number;
  /** Called after each look; `error`: what went wrong with it. */
  readonly onPoll: (error?: unknown) => void;
  /** Milliseconds; for tests. */
  readonly poll?: number;
}

/**
 * The certificate that the replicas keep by a CA in the cluster. Until there is one, this answers with a certificate that nobody trusts and that has
 * expired, so that the server can come up, and its probes with it, while the API server is away.
 */
export async function clusterSource(options: ClusterSourceOptions): Promise<CertificateSource> {
  const { rotator, clock } = options;
  const placeholderFiles = await createServingFiles(options.names, { now: clock.now(), days: 0 });
  let lastError: string | undefined;
  /** What the server has been given. The keeper has a certificate some moments before, and nobody may be told yet that it is served. */
  let served = rotator.files();

  async function check(onChange: (files: ServingFiles) => void): Promise<void> {
    try {
      await rotator.reconcile();
      lastError = undefined;
      options.onPoll();
    } catch (error) {
      lastError = error instanceof LockstepError ? error.message : 'the log says why';
      options.onPoll(error);
    }
    const files = rotator.files();
    if (files === undefined || files === served) return;
    served = files;
    onChange(files);
  }

  function notReadyReason(): string | undefined {
    if (served !== undefined) return invalidityReason(leafOf(served), clock.now());
    return `there is none yet: ${lastError ?? 'the CA is being looked up'}`;
  }

  return {
    current: () => served ?? placeholderFiles,
    notReadyReason,
    start: (changed) => {
      let timer: NodeJS.Timeout | undefined;
      let isStopped = false;
      const scheduleNext = (): void => {
        const poll = options.poll ?? (notReadyReason() === undefined ? POLL_MS : START_POLL_MS);
        if (!isStopped) timer = setTimeout(run, poll * (0.8 + 0.4 * options.random()));
      };
      const run = (): void => void check(changed).finally(scheduleNext);
      run();
      return () => {
        isStopped = true;
        clearTimeout(timer);
      };
    },
  };
}
