import { createServingFiles } from './ca.ts';
import { renewalDate } from './renewal.ts';
import { invalidityReason, leafOf } from './serving.ts';
import type { CertificateSource } from './source.ts';

/** Nobody can revoke it, so it does not live long; it is renewed at two thirds of its life. */
const VALIDITY_DAYS = 7;
/** The wall clock is asked, because a timer stands still while a machine sleeps. Milliseconds. */
const POLL_MS = 60_000;

export interface MemorySourceOptions {
  readonly now: () => Date;
  readonly names: readonly string[];
  readonly complain: (error: unknown) => void;
  /** Milliseconds; for tests. */
  readonly poll?: number;
}

/** A certificate that is on no disk: each start, and each renewal, has a CA of its own. */
export async function memorySource({
  now,
  names,
  complain,
  poll: pollMs = POLL_MS,
}: MemorySourceOptions): Promise<CertificateSource> {
  let files = await createServingFiles(names, { now: now(), days: VALIDITY_DAYS });

  return {
    current: () => files,
    notReadyReason: (at) => invalidityReason(leafOf(files), at),
    start: (onChange) => {
      const timer = setInterval(() => {
        if (now() < renewalDate(files.cert)) return;
        createServingFiles(names, { now: now(), days: VALIDITY_DAYS }).then((newFiles) => {
          files = newFiles;
          onChange(newFiles);
        }, complain);
      }, pollMs);
      return () => clearInterval(timer);
    },
  };
}
