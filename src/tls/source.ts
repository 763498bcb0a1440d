import type { ServingFiles } from './serving.ts';

/** The source of the serving certificate: a folder, memory, or a CA that the replicas keep in the cluster. */
export interface CertificateSource {
  readonly current: () => ServingFiles;
  /** The reason why it can't be served at this moment. Undefined if it can. */
  readonly notReadyReason: (now: Date) => string | undefined;
  /** Watches for a newer certificate, and calls `changed` with each. Returns a function that stops the watch. */
  readonly start: (changed: (files: ServingFiles) => void) => () => void;
}

/**
 * Runs one check at a time, now and after each delay, until the returned function is called. The check never rejects.
 */
export function startPolling(check: () => Promise<void>, delayMs: () => number): () => void {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  const run = async (): Promise<void> => {
    await check();
    if (!isStopped) timer = setTimeout(run, delayMs());
  };
  void run();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
