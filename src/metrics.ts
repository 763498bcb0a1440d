import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Outcome } from './admission/webhook.ts';

/** Seconds. The pair costs 1.5 ms at the API server; 3 s is where it gives up. */
const BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 3];

export interface Metrics {
  readonly observe: (outcome: Outcome) => void;
  readonly failed: (status: number) => void;
  readonly setCertificateExpiry: (notAfter: Date) => void;
  readonly setPolicies: (counts: { readonly loaded: number; readonly expiredExceptions: number }) => void;
  readonly page: () => Promise<string>;
  readonly contentType: string;
}

/** A registry of its own, so that two servers in one process do not share numbers. */
export function openMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'lockstep_' });
  const reviews = new Counter({
    name: 'lockstep_admission_reviews_total',
    help: 'Reviews answered. passed: not judged; warned: allowed with findings.',
    labelNames: ['webhook', 'operation', 'verdict'],
    registers,
  });
  const findings = new Counter({
    name: 'lockstep_admission_findings_total',
    help: 'Findings of the validating webhook, by rule and by what they do.',
    labelNames: ['rule', 'action'],
    registers,
  });
  const changes = new Counter({
    name: 'lockstep_admission_changes_total',
    help: 'Keys that the mutating webhook wrote, by the rule that the change mends; derived: the key was absent.',
    labelNames: ['reason'],
    registers,
  });
  const duration = new Histogram({
    name: 'lockstep_admission_duration_seconds',
    help: 'From the whole body to the whole answer.',
    labelNames: ['webhook'],
    buckets: BUCKETS,
    registers,
  });
  const errors = new Counter({
    name: 'lockstep_admission_errors_total',
    help: 'Requests answered with an HTTP error, by its code.',
    labelNames: ['code'],
    registers,
  });
  const expiry = new Gauge({
    name: 'lockstep_tls_certificate_expiry_seconds',
    help: 'When the serving certificate expires, in seconds since 1970; subtract time() for what is left.',
    registers,
  });
  const loaded = new Gauge({ name: 'lockstep_policies_loaded', help: 'Policies in force.', registers });
  const expired = new Gauge({
    name: 'lockstep_policy_exceptions_expired',
    help: 'Exceptions in policies whose last day has passed, and which are ignored.',
    registers,
  });

  return {
    observe: ({ webhook, review, answer, milliseconds }) => {
      reviews.inc({ webhook, operation: review.operation, verdict: answer.verdict });
      duration.observe({ webhook }, milliseconds / 1000);
      for (const { rule, action } of answer.decision?.findings ?? []) findings.inc({ rule, action });
      for (const { reason } of answer.decision?.changes ?? []) changes.inc({ reason });
    },
    failed: (status) => errors.inc({ code: String(status) }),
    setCertificateExpiry: (notAfter) => expiry.set(notAfter.getTime() / 1000),
    setPolicies: (counts) => {
      loaded.set(counts.loaded);
      expired.set(counts.expiredExceptions);
    },
    page: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
