import { makeServingFiles } from './ca.ts';
import { renewalDate } from './renewal.ts';
import { leafOf, outOfTime } from './serving.ts';
import type { CertificateSource } from './source.ts';

/** Nobody can revoke it, so it does not live long; it is renewed at two thirds of its life. */
const DAYS = 7;
/** The wall clock is asked, because a timer stands still while a machine sleeps. Milliseconds. */
const POLL = 60_000;

export interface MemoryNeeds {
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
  poll = POLL,
}: MemoryNeeds): Promise<CertificateSource> {
  let files = await makeServingFiles(names, { now: now(), days: DAYS });

  return {
    get: () => files,
    ailing: (at) => outOfTime(leafOf(files), at),
    start: (changed) => {
      const timer = setInterval(() => {
        if (now() < renewalDate(files.cert)) return;
        makeServingFiles(names, { now: now(), days: DAYS }).then((made) => {
          files = made;
          changed(made);
        }, complain);
      }, poll);
      return () => clearInterval(timer);
    },
  };
}
