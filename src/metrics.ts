import { collectDefaultMetrics, Registry } from 'prom-client';
import { type AdmissionMetrics, admissionMetrics } from './metrics/admission.ts';
import { type PolicyMetrics, policyMetrics } from './metrics/policies.ts';
import { type ServingMetrics, servingMetrics } from './metrics/serving.ts';
import { type TlsMetrics, tlsMetrics } from './metrics/tls.ts';

/** One file for each concern under metrics/. Labels are from fixed sets, and a policy's name; never a Secret's. */
export interface Metrics extends AdmissionMetrics, PolicyMetrics, ServingMetrics, TlsMetrics {
  readonly page: () => Promise<string>;
  readonly contentType: string;
}

/** A registry of its own, so that two servers in one process do not share numbers. */
export function openMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'lockstep_' });
  return {
    ...admissionMetrics(registry),
    ...policyMetrics(registry),
    ...servingMetrics(registry),
    ...tlsMetrics(registry),
    page: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
