import { setTimeout as sleep } from 'node:timers/promises';
import { selfProbe } from '../../controllers/self-probe/self-probe.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { probe } from '../../kube/webhooks/probe.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics/metrics.ts';

interface SelfProbeParts {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly ready: () => boolean;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Returns a function that stops it. */
export function startSelfProbe({ cluster, namespace, ready, log, metrics }: SelfProbeParts): () => void {
  const stop = new AbortController();
  void selfProbe(
    {
      probe: () => probe(cluster, namespace),
      ready,
      onResult: ({ reached }) => metrics.setSelfProbe(reached),
      onReasonChange: ({ reached, reason, sentence }) => {
        if (reached) log.info(sentence);
        else log.warn('the API server does not reach lockstep', { code: reason, reason: sentence });
      },
      sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal, ref: false }),
    },
    stop.signal,
  );
  return () => stop.abort();
}
