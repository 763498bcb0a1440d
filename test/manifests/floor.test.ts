import t from 'tap';
import { kustomize } from '../helpers/cluster/kustomize.ts';

t.test('the overlay adds the floor to the base', async (t) => {
  const added = (await kustomize('manifests/overlays/floor')).filter(
    ({ metadata }) => metadata.labels?.['lockstep.dev/floor'] === 'true',
  );
  t.same(added.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort(), [
    'ValidatingAdmissionPolicy lockstep-floor',
    'ValidatingAdmissionPolicy lockstep-floor-warn',
    'ValidatingAdmissionPolicyBinding lockstep-floor',
    'ValidatingAdmissionPolicyBinding lockstep-floor-warn',
  ]);
});

t.test('with fail-closed, the floor is all that is added', async (t) => {
  const isOfFloor = ({ metadata }: Awaited<ReturnType<typeof kustomize>>[number]): boolean =>
    metadata.labels?.['lockstep.dev/floor'] === 'true';
  const both = await kustomize('manifests/overlays/floor-fail-closed');
  t.strictSame(
    both.filter((one) => !isOfFloor(one)),
    await kustomize('manifests/overlays/fail-closed'),
  );
  t.equal(both.filter(isOfFloor).length, 4);
});

t.test('no pod of lockstep may write admission policies', async (t) => {
  for (const overlay of ['manifests', 'manifests/overlays/floor'])
    for (const { kind, metadata, rules = [] } of await kustomize(overlay)) {
      if (kind !== 'ClusterRole' && kind !== 'Role') continue;
      for (const rule of rules) {
        const resources: readonly string[] = rule.resources ?? [];
        t.notOk(
          resources.some((one) => one === '*' || /admissionpolic/.test(one)),
          `${kind} ${metadata.name}`,
        );
      }
    }
});
