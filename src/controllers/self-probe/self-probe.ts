import type { ProbeResult } from '../../engine/diagnosis/cluster-checks/webhooks.ts';

export interface SelfProbeNeeds {
  /** Never rejects. */
  readonly probe: () => Promise<ProbeResult>;
  /** A pod that is not ready gets no calls, so a probe would show nothing. */
  readonly ready: () => boolean;
  /** Called after each probe. */
  readonly onResult: (found: ProbeResult) => void;
  /** Called when the reason changes. */
  readonly onReasonChange: (found: ProbeResult) => void;
  /** Resolves after the delay. Rejects when the signal aborts it. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

const READY_POLL_MS = 1000;
/**
 * After this time the Service knows the pod, and the API server the caBundle. A first installation should not start
 * with a false alarm.
 */
const INITIAL_DELAY_MS = 5000;
const SUCCESS_INTERVAL_MS = 5 * 60 * 1000;
const FAILURE_INTERVAL_MS = 10_000;

/** Probes repeatedly whether the API server reaches lockstep, until the signal aborts. It only reports. */
export async function selfProbe(needs: SelfProbeNeeds, signal: AbortSignal): Promise<void> {
  let lastReason: string | undefined;
  try {
    while (!needs.ready()) await needs.sleep(READY_POLL_MS, signal);
    await needs.sleep(INITIAL_DELAY_MS, signal);
    while (!signal.aborted) {
      const result = await needs.probe();
      if (signal.aborted) return;
      needs.onResult(result);
      if (result.reason !== lastReason) needs.onReasonChange(result);
      lastReason = result.reason;
      await needs.sleep(result.reached ? SUCCESS_INTERVAL_MS : FAILURE_INTERVAL_MS, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
