import type { ServingFiles } from './renewal.ts';

/** Where the serving certificate comes from: a folder, memory, or a CA that the replicas keep in the cluster. */
export interface CertificateSource {
  readonly current: () => ServingFiles;
  /** Why it can't be served with at this moment; undefined where it can. */
  readonly notReadyReason: (now: Date) => string | undefined;
  /** Watches for a newer one, and calls `changed` with each. Returns what stops it. */
  readonly start: (changed: (files: ServingFiles) => void) => () => void;
}
