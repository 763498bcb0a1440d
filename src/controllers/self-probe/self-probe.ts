/** What a probe found; `reason` is one word of a fixed set. */
export interface Probed {
  readonly reached: boolean;
  readonly reason: string;
  readonly sentence: string;
}

export interface SelfProbeNeeds<Found extends Probed> {
  /** Never rejects. */
  readonly probe: () => Promise<Found>;
  /** A pod that is not ready gets no calls: there is nothing to find out yet. */
  readonly ready: () => boolean;
  /** Called after each probe. */
  readonly observe: (found: Found) => void;
  /** Called where the reason is another than it was. */
  readonly report: (found: Found) => void;
  /** Resolves after that many milliseconds; rejects when the signal ends it. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

const UNTIL_READY = 1000;
/** By then the Service knows the pod, and the API server the caBundle: a first install should not begin with a false alarm. */
const AFTER_READY = 5000;
const AFTER_SUCCESS = 5 * 60 * 1000;
const AFTER_FAILURE = 10_000;

/** Asks again and again whether the API server reaches lockstep, until the signal ends it. It tells, and stops nothing. */
export async function selfProbe<Found extends Probed>(
  needs: SelfProbeNeeds<Found>,
  signal: AbortSignal,
): Promise<void> {
  let told: string | undefined;
  try {
    while (!needs.ready()) await needs.sleep(UNTIL_READY, signal);
    await needs.sleep(AFTER_READY, signal);
    while (!signal.aborted) {
      const found = await needs.probe();
      if (signal.aborted) return;
      needs.observe(found);
      if (found.reason !== told) needs.report(found);
      told = found.reason;
      await needs.sleep(found.reached ? AFTER_SUCCESS : AFTER_FAILURE, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
