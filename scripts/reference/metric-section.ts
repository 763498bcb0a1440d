import { readFileSync } from 'node:fs';
import { Registry } from 'prom-client';
import { parse } from 'yaml';
import { createControllerMetrics, createMetrics } from '../../src/metrics.ts';
import { code, table } from './table.ts';

/** Each metric as its registry knows it, and the rules for Prometheus. */
export function metricSection(): string {
  const webhook = new Registry();
  const controller = new Registry();
  createMetrics(webhook);
  createControllerMetrics({ resyncSeconds: 3600 }, controller);
  const byName = new Map([...metricsOf(webhook), ...metricsOf(controller)]);
  const servedBy = (name: string): string =>
    [
      ...(webhook.getSingleMetric(name) ? ['webhook'] : []),
      ...(controller.getSingleMetric(name) ? ['controller'] : []),
    ].join(', ');
  return [
    '## Metrics\n',
    'Each pod also serves the metrics of its process and of Node.js, `lockstep_process_…` and `lockstep_nodejs_…`.\n',
    table(
      ['metric', 'type', 'labels', 'pods', 'meaning'],
      [...byName].map(([name, { type, labelNames, help }]) => [
        code(name),
        String(type),
        labelNames.map(code).join(' '),
        servedBy(name),
        help,
      ]),
    ),
    '## Recording rules and alerts\n',
    table(['rule', 'kind', 'severity'], [...rulesOf('figures'), ...rulesOf('alerts')]),
  ].join('\n');
}

/** prom-client's types leave the labels out. */
interface Labelled {
  readonly name: string;
  readonly help: string;
  readonly type: unknown;
  readonly labelNames: readonly string[];
}

const metricsOf = (registry: Registry): readonly (readonly [string, Labelled])[] =>
  (registry.getMetricsAsArray() as unknown as readonly Labelled[]).map(
    (metric) => [metric.name, metric] as const,
  );

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly labels?: { readonly severity?: string };
}

/** One row for each name: an alert may have a rule for each severity. */
function rulesOf(file: string): readonly (readonly string[])[] {
  const path = new URL(`../../manifests/monitoring/${file}.yaml`, import.meta.url);
  const { spec } = parse(readFileSync(path, 'utf8')) as {
    readonly spec: { readonly groups: readonly { readonly rules: readonly Rule[] }[] };
  };
  const rules = spec.groups.flatMap((group) => group.rules);
  const byName = Map.groupBy(rules, ({ record, alert }) => record ?? alert ?? '');
  return [...byName].map(([name, same]) => [
    code(name),
    same[0]?.record === undefined ? 'alert' : 'recording rule',
    same.flatMap(({ labels }) => labels?.severity ?? []).join(', '),
  ]);
}
