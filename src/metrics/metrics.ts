import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { VERSION } from '../version.ts';
import { type AdmissionMetrics, admissionMetrics } from './admission.ts';
import { type ControllerMetrics, controllerMetrics } from './controller.ts';
import { type CredentialMetrics, credentialMetrics } from './credentials.ts';
import { type PolicyMetrics, policyMetrics } from './policies.ts';
import { type TlsMetrics, tlsMetrics } from './tls.ts';

/**
 * Each concern has a file under metrics/. Labels come from fixed sets, or name policies and credentials. They
 * never name a Secret.
 */
export interface Metrics
  extends MetricsPage,
    AdmissionMetrics,
    LogMetrics,
    PolicyMetrics,
    ServingMetrics,
    TlsMetrics {}

/**
 * The page of `lockstep controller`. It has no admission series, because they would say that nothing is ever refused.
 */
export interface ControllerMetricsPage
  extends MetricsPage,
    ControllerMetrics,
    CredentialMetrics,
    LogMetrics,
    PolicyMetrics {}

interface MetricsPage {
  readonly render: () => Promise<string>;
  readonly contentType: string;
}

/** Each caller has its own registry by default, so that two servers in one process do not share numbers. */
export function createMetrics(registry: Registry = createRegistry()): Metrics {
  return {
    ...admissionMetrics(registry),
    ...logMetrics(registry),
    ...policyMetrics(registry, ['secretpolicies', 'namespaces']),
    ...servingMetrics(registry),
    ...tlsMetrics(registry),
    ...metricsPageOf(registry),
  };
}

export function createControllerMetrics(registry: Registry = createRegistry()): ControllerMetricsPage {
  return {
    ...controllerMetrics(registry),
    ...credentialMetrics(registry),
    ...logMetrics(registry),
    ...policyMetrics(registry, [
      'secretpolicies',
      'namespaces',
      'secrets',
      'postgrescredentials',
      'rediscredentials',
    ]),
    ...metricsPageOf(registry),
  };
}

function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'lockstep_' });
  new Gauge({
    name: 'lockstep_build_info',
    help: '1, with the version of this pod.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version: VERSION }, 1);
  return registry;
}

const metricsPageOf = (registry: Registry): MetricsPage => ({
  render: () => registry.metrics(),
  contentType: registry.contentType,
});

interface LogMetrics {
  readonly recordLostLine: () => void;
}

function logMetrics(registry: Registry): LogMetrics {
  const lost = new Counter({
    name: 'lockstep_log_lines_lost_total',
    help: 'Lines of the log that were lost, because the disk was full or nothing read the output.',
    registers: [registry],
  });
  return { recordLostLine: () => lost.inc() };
}

interface ServingMetrics {
  /** Called at each scrape. */
  readonly setReadinessSource: (ready: () => boolean) => void;
  readonly setSelfProbe: (works: boolean) => void;
}

function servingMetrics(registry: Registry): ServingMetrics {
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
