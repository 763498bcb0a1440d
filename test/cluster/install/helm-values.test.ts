import t from 'tap';
import { controllerConfig, serveConfig } from '../../../src/config/config.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { render, renderEveryValue } from '../../helpers/cluster/helm.ts';
import type { Loose } from '../../helpers/cluster/kustomize.ts';

const NAMESPACE = 'lockstep-system';
const PROMETHEUS_CRDS = ['servicemonitors', 'prometheusrules'];

const cluster = await aCluster(t);
await cluster.mustRun(['create', 'namespace', NAMESPACE]);
for (const name of PROMETHEUS_CRDS) await cluster.mustRun(['create', '-f', `test/data/crds/${name}.yaml`]);
await cluster.mustRun(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);

for (const [values, objects] of [
  ['the default values', await render(t.testdir())],
  ['every value', await renderEveryValue(t.testdir())],
] as const) {
  t.test(`the API server and the programs accept the objects of ${values}`, async (t) => {
    const items = objects.filter(({ kind }) => kind !== 'CustomResourceDefinition');
    const { stderr, exitCode } = await cluster.kubectl(
      ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'],
      { input: { apiVersion: 'v1', kind: 'List', items } },
    );
    t.equal(exitCode, 0, stderr);
    const deployments = items.filter(({ kind }) => kind === 'Deployment');
    t.equal(deployments.length, 2);
    for (const each of deployments) t.doesNotThrow(() => programConfig(each), each.metadata.name);
  });
}

/** The options that the pods of a Deployment get from their environment. */
function programConfig({ spec }: Loose): unknown {
  const [{ name, env }] = spec.template.spec.containers;
  const variables = Object.fromEntries(env.map((each: Loose) => [each.name, each.value]));
  const read = name === 'webhook' ? serveConfig : controllerConfig;
  return read(new Map(), variables);
}
