import { collectDefaultMetrics, Registry } from 'prom-client';
import type { ControllerConfig } from './config.ts';
import { type AdmissionMetrics, admissionMetrics } from './metrics/admission.ts';
import { type ControllerMetrics, controllerMetrics } from './metrics/controller.ts';
import { type CredentialMetrics, credentialMetrics } from './metrics/credentials.ts';
import { type PolicyMetrics, policyMetrics } from './metrics/policies.ts';
import { type ServingMetrics, servingMetrics } from './metrics/serving.ts';
import { type TlsMetrics, tlsMetrics } from './metrics/tls.ts';

/** One file for each concern under metrics/. Labels are from fixed sets, and names of policies and PostgresCredentials; never a Secret's. */
export interface Metrics extends Page, AdmissionMetrics, PolicyMetrics, ServingMetrics, TlsMetrics {}

/** Of `lockstep controller`: series of admission on its page would say that nothing is ever refused. */
export interface ControllerPage extends Page, ControllerMetrics, CredentialMetrics, PolicyMetrics {}

interface Page {
  readonly page: () => Promise<string>;
  readonly contentType: string;
}

/** A registry of its own, so that two servers in one process do not share numbers. */
export function openMetrics(registry: Registry = openRegistry()): Metrics {
  return {
    ...admissionMetrics(registry),
    ...policyMetrics(registry, ['secretpolicies', 'namespaces']),
    ...servingMetrics(registry),
    ...tlsMetrics(registry),
    ...pageOf(registry),
  };
}

export function openControllerMetrics(
  { resyncSeconds }: Pick<ControllerConfig, 'resyncSeconds'>,
  registry: Registry = openRegistry(),
): ControllerPage {
  return {
    ...controllerMetrics(registry, resyncSeconds),
    ...credentialMetrics(registry),
    ...policyMetrics(registry, ['secretpolicies', 'namespaces', 'secrets', 'postgrescredentials']),
    ...pageOf(registry),
  };
}

function openRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'lockstep_' });
  return registry;
}

const pageOf = (registry: Registry): Page => ({
  page: () => registry.metrics(),
  contentType: registry.contentType,
});
