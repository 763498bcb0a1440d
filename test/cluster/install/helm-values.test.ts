import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import type { Members } from '../../../scripts/helm/values/value.ts';
import { VALUES } from '../../../scripts/helm/values/values.ts';
import { controllerConfig, serveConfig } from '../../../src/config.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { render } from '../../helpers/cluster/helm.ts';
import type { Loose, Manifest } from '../../helpers/cluster/kustomize.ts';
import { valueAt, withoutPlaces } from '../../helpers/helm/place.ts';
import { VALUE_CASES } from '../../helpers/helm/value-cases.ts';

const NAMESPACE = 'lockstep-system';
const PROMETHEUS_CRDS = ['servicemonitors', 'prometheusrules'];

const cluster = await aCluster(t);
await cluster.kubectl(['create', 'namespace', NAMESPACE], { orThrow: true });
for (const name of PROMETHEUS_CRDS)
  await cluster.kubectl(['create', '-f', `test/data/crds/${name}.yaml`], { orThrow: true });
await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s'], {
  orThrow: true,
});

const home = t.testdir();
const rendered = async (
  settings: Readonly<Record<string, unknown>>,
): Promise<ReadonlyMap<string, Manifest>> => {
  const objects = await render(
    home,
    Object.entries(settings).map(([name, value]) => `${name}=${JSON.stringify(value)}`),
  );
  return new Map(objects.map((each) => [`${each.kind} ${each.metadata.name}`, each]));
};
const defaults = await rendered({});

for (const { value, setting, with: others = {}, changes } of VALUE_CASES) {
  t.test(
    `${value}: changes its places and nothing else, and the API server accepts the objects`,
    async (t) => {
      const before = Object.keys(others).length === 0 ? defaults : await rendered(others);
      const after = await rendered({ ...others, [value]: setting });

      const ids = new Set([...before.keys(), ...after.keys()]);
      const changed = [...ids].filter((id) => !isDeepStrictEqual(before.get(id), after.get(id)));
      t.same(changed.sort(), Object.keys(changes).sort());
      for (const [id, places = {}] of Object.entries(changes)) {
        const object = after.get(id);
        t.equal(object === undefined, changes[id] === undefined, `${id} is rendered or removed`);
        if (object === undefined) continue;
        for (const [place, expected] of Object.entries(places))
          t.same(valueAt(object, place), expected, place);
        if (before.has(id))
          t.same(
            withoutPlaces(object, Object.keys(places)),
            withoutPlaces(before.get(id), Object.keys(places)),
            id,
          );
      }

      const items = changed.flatMap((id) => after.get(id) ?? []);
      for (const each of items)
        if (each.kind === 'Deployment') t.doesNotThrow(() => programConfig(each), 'the program reads it');
      if (items.length === 0) return;
      const { stderr, exitCode } = await cluster.kubectl(
        ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'],
        { input: { apiVersion: 'v1', kind: 'List', items } },
      );
      t.equal(exitCode, 0, stderr);
    },
  );
}

t.test('each value has a case, or a test in test/manifests/helm.test.ts', async (t) => {
  const elsewhere = ['certificate', 'commonLabels', 'controller.enabled'];
  t.same([...VALUE_CASES.map(({ value }) => value), ...elsewhere].sort(), [...leavesOf(VALUES)].sort());
});

t.test('the API server accepts the objects of the default values and of all values at once', async (t) => {
  const all = Object.assign(
    { commonLabels: { team: '7' } },
    ...VALUE_CASES.map(({ value, setting }) => ({ [value]: setting })),
  );
  // A budget has one of the two.
  for (const component of ['webhook', 'controller']) {
    delete all[`${component}.podDisruptionBudget.maxUnavailable`];
    for (const name of ['podDisruptionBudget', 'networkPolicy']) delete all[`${component}.${name}.enabled`];
  }
  for (const objects of [defaults, await rendered(all)]) {
    const items = [...objects.values()].filter(({ kind }) => kind !== 'CustomResourceDefinition');
    const { stderr, exitCode } = await cluster.kubectl(
      ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'],
      { input: { apiVersion: 'v1', kind: 'List', items } },
    );
    t.equal(exitCode, 0, stderr);
  }
});

function* leavesOf(members: Members, prefix = ''): Generator<string> {
  for (const [name, member] of Object.entries(members)) {
    if (member.kind === 'value') yield `${prefix}${name}`;
    else yield* leavesOf(member.members, `${prefix}${name}.`);
  }
}

/** The options that the pods of a Deployment get from their environment. */
function programConfig({ spec }: Loose): unknown {
  const [{ name, env }] = spec.template.spec.containers;
  const variables = Object.fromEntries(env.map((each: Loose) => [each.name, each.value]));
  const read = name === 'webhook' ? serveConfig : controllerConfig;
  return read(new Map(), variables);
}
