import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import t from 'tap';
import { parse } from 'yaml';
import { CONTROLLER_OPTIONS, controllerConfig, SERVE_OPTIONS, serveConfig } from '../../src/config/config.ts';
import { CHART } from '../helpers/cluster/helm.ts';
import type { Loose } from '../helpers/cluster/kustomize.ts';

const read = (name: string): string => readFileSync(join(CHART, name), 'utf8');
const values: Loose = parse(read('values.yaml'));
const schema: Loose = JSON.parse(read('values.schema.json'));

t.test('the default values meet the schema, and the schema names each of them', async (t) => {
  const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);
  t.ok(validate(values), JSON.stringify(validate.errors));
  const isHint = (each: Loose) => each.const?.startsWith('set as ') === true;
  for (const [place, value, { properties }] of [
    ['', values, schema],
    ...['crds', 'serviceMonitor', 'prometheusRule', 'dashboard', 'webhook', 'controller'].map((name) => [
      name,
      values[name],
      schema.properties[name],
    ]),
  ]) {
    const names = Object.keys(properties).filter((name) => !isHint(properties[name]) && name !== 'global');
    t.same(names.sort(), Object.keys(value).sort(), place);
  }
});

t.test('each option of the two programs is a value of the chart', async (t) => {
  for (const [component, options] of Object.entries({
    webhook: SERVE_OPTIONS,
    controller: CONTROLLER_OPTIONS,
  })) {
    const template = read(`templates/${component}-deployment.yaml`) + read('templates/_helpers.tpl');
    // A pod uses its own cluster.
    const missing = options.filter(
      ({ name, variable }) =>
        !['kubeconfig', 'context'].includes(name) && !new RegExp(`\\b${variable}\\b`).test(template),
    );
    t.same(
      missing.map(({ name }) => name),
      [],
      component,
    );
  }
});

t.test('a value has the range of its option', async (t) => {
  const none = new Map<string, string>();
  const serve = (name: string, text: string) => serveConfig(none, { [name]: text });
  const controller = (name: string, text: string) => controllerConfig(none, { [name]: text });
  for (const [component, value, variable, parsed] of [
    ['webhook', 'drainSeconds', 'LOCKSTEP_DRAIN_SECONDS', serve],
    ['controller', 'history', 'LOCKSTEP_HISTORY', controller],
    ['controller', 'resyncSeconds', 'LOCKSTEP_RESYNC_SECONDS', controller],
    ['controller', 'rolloutSeconds', 'LOCKSTEP_ROLLOUT_SECONDS', controller],
    ['controller', 'propagationSeconds', 'LOCKSTEP_PROPAGATION_SECONDS', controller],
  ] as const) {
    const { minimum, maximum } = schema.properties[component].properties[value];
    for (const within of [minimum, maximum])
      t.doesNotThrow(() => parsed(variable, String(within)), `${value} ${within}`);
    for (const outside of [minimum - 1, maximum + 1])
      t.throws(() => parsed(variable, String(outside)), `${value} ${outside}`);
  }
});
