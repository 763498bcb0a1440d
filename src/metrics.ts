import { collectDefaultMetrics, Registry } from 'prom-client';
import type { ControllerConfig } from './config.ts';
import { type AdmissionMetrics, admissionMetrics } from './metrics/admission.ts';
import { type ControllerMetrics, controllerMetrics } from './metrics/controller.ts';
import { type CredentialMetrics, credentialMetrics } from './metrics/credentials.ts';
import { type PolicyMetrics, policyMetrics } from './metrics/policies.ts';
import { type ServingMetrics, servingMetrics } from './metrics/serving.ts';
import { type TlsMetrics, tlsMetrics } from './metrics/tls.ts';

/** One file for each concern under metrics/. Labels are from fixed sets, and names of policies and PostgresCredentials; never a Secret's. */
export interface Metrics extends MetricsPage, AdmissionMetrics, PolicyMetrics, ServingMetrics, TlsMetrics {}

/** Of `lockstep controller`: series of admission on its page would say that nothing is ever refused. */
export interface ControllerMetricsPage
  extends MetricsPage,
    ControllerMetrics,
    CredentialMetrics,
    PolicyMetrics {}

interface MetricsPage {
  readonly render: () => Promise<string>;
  readonly contentType: string;
}

/** A registry of its own, so that two servers in one process do not share numbers. */
export function createMetrics(registry: Registry = createRegistry()): Metrics {
  return {
    ...admissionMetrics(registry),
    ...policyMetrics(registry, ['secretpolicies', 'namespaces']),
    ...servingMetrics(registry),
    ...tlsMetrics(registry),
    ...metricsPageOf(registry),
  };
}

export function createControllerMetrics(
  { resyncSeconds }: Pick<ControllerConfig, 'resyncSeconds'>,
  registry: Registry = createRegistry(),
): ControllerMetricsPage {
  return {
    ...controllerMetrics(registry, resyncSeconds),
    ...credentialMetrics(registry),
    ...policyMetrics(registry, ['secretpolicies', 'namespaces', 'secrets', 'postgrescredentials']),
    ...metricsPageOf(registry),
  };
}

function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'lockstep_' });
  return registry;
}

const metricsPageOf = (registry: Registry): MetricsPage => ({
  render: () => registry.metrics(),
  contentType: registry.contentType,
});
