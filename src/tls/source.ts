import type { ServingFiles } from './renewal.ts';

/** The source of the serving certificate: a folder, memory, or a CA that the replicas keep in the cluster. */
export interface CertificateSource {
  readonly current: () => ServingFiles;
  /** The reason why it can't be served at this moment. Undefined if it can. */
  readonly notReadyReason: (now: Date) => string | undefined;
  /** Watches for a newer certificate, and calls `changed` with each. Returns a function that stops the watch. */
  readonly start: (changed: (files: ServingFiles) => void) => () => void;
}
