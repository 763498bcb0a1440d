import { createServingFiles } from './ca.ts';
import { renewalDate } from './renewal.ts';
import { invalidityReason, leafOf, type ServingFiles } from './serving.ts';
import { type CertificateSource, startPolling } from './source.ts';

/** The certificate can't be revoked, so its life is short. It is renewed after two thirds of it. */
const VALIDITY_DAYS = 7;
/** The wall clock decides, because a timer stops while a machine sleeps. */
const POLL_MS = 60_000;

export interface MemorySourceOptions {
  readonly now: () => Date;
  readonly names: readonly string[];
  readonly complain: (error: unknown) => void;
  /** In milliseconds, for tests. */
  readonly poll?: number;
}

/** A certificate that is never on a disk. Each start and each renewal has a new CA. */
export async function memorySource({
  now,
  names,
  complain,
  poll: pollMs = POLL_MS,
}: MemorySourceOptions): Promise<CertificateSource> {
  let files = await createServingFiles(names, { now: now(), days: VALIDITY_DAYS });

  async function renew(onChange: (files: ServingFiles) => void): Promise<void> {
    if (now() < renewalDate(files.cert)) return;
    files = await createServingFiles(names, { now: now(), days: VALIDITY_DAYS });
    onChange(files);
  }

  return {
    current: () => files,
    notReadyReason: (at) => invalidityReason(leafOf(files), at),
    start: (onChange) =>
      startPolling(
        () => renew(onChange).catch(complain),
        () => pollMs,
      ),
  };
}
