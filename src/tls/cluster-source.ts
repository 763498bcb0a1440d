import { LockstepError } from '../errors/errors.ts';
import type { ServerClock } from '../server-clock.ts';
import { createServingFiles } from './ca.ts';
import type { CertificateRotator } from './rotator.ts';
import { invalidityReason, leafOf, type ServingFiles } from './serving.ts';
import { type CertificateSource, startPolling } from './source.ts';

/** The time between two polls. The wall clock decides what is due, so a stopped timer does no harm. */
const POLL_MS = 10_000;
/** The poll interval while there is no certificate, or none that a client accepts. */
const START_POLL_MS = 1_000;

export interface ClusterSourceOptions {
  readonly rotator: CertificateRotator;
  readonly clock: ServerClock;
  readonly names: readonly string[];
  /** From 0 to 1. Replicas that start together should not poll together. */
  readonly random: () => number;
  /** Called after each poll. `error` is its failure, if any. */
  readonly onPoll: (error?: unknown) => void;
  /** In milliseconds, for tests. */
  readonly poll?: number;
}

/**
 * The certificate that the replicas keep by a CA in the cluster. Until there is one, the server serves an expired
 * certificate that no client trusts. So the server and its probes can start while the API server is away.
 */
export async function clusterSource(options: ClusterSourceOptions): Promise<CertificateSource> {
  const { rotator, clock } = options;
  const placeholderFiles = await createServingFiles(options.names, { now: clock.now(), days: 0 });
  let lastError: string | undefined;
  /** The files that the server has. The rotator has new files earlier, and must not report them as served yet. */
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

  function nextDelayMs(): number {
    const pollMs = options.poll ?? (notReadyReason() === undefined ? POLL_MS : START_POLL_MS);
    return pollMs * (0.8 + 0.4 * options.random());
  }

  return {
    current: () => served ?? placeholderFiles,
    notReadyReason,
    start: (changed) => startPolling(() => check(changed), nextDelayMs),
  };
}
