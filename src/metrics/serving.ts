import { Gauge, type Registry } from 'prom-client';

export interface ServingMetrics {
  /** Called at each scrape. */
  readonly setReadinessSource: (ready: () => boolean) => void;
  readonly setSelfProbe: (works: boolean) => void;
}

export function servingMetrics(registry: Registry): ServingMetrics {
  let isReady = (): boolean => false;
  new Gauge({
    name: 'lockstep_ready',
    help: '1 while /readyz says so. A pod that is not ready is still scraped.',
    registers: [registry],
    collect() {
      this.set(isReady() ? 1 : 0);
    },
  });
  const probe = new Gauge({
    name: 'lockstep_self_probe_success',
    help: '1 where a dry run through the API server was answered by lockstep, 0 where it was not; NaN before the first one.',
    registers: [registry],
  });
  probe.set(Number.NaN);
  return {
    setReadinessSource: (readinessSource) => {
      isReady = readinessSource;
    },
    setSelfProbe: (works) => probe.set(works ? 1 : 0),
  };
}
