import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import t from 'tap';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { kustomize } from '../../helpers/cluster/kustomize.ts';
import { untilRefused } from '../../helpers/floor/floor-cluster.ts';
import { shellIn } from '../../helpers/pages/page-shell.ts';
import { blocksOf, ROOT, readPage } from '../../helpers/pages/pages.ts';
import { findBinaries } from '../../testbed/binaries.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';
import { until } from '../../testbed/process/until.ts';

/** The commands of docs/tasks/uninstall.md after each overlay, in their order. */
t.setTimeout(15 * 60 * 1000);

const cluster = await aCluster(t, { controllers: true });
const shell = shellIn(ROOT, {
  PATH: [dirname(findBinaries(['kubectl']).kubectl), process.env.PATH].join(':'),
  HOME: cluster.dir,
  KUBECONFIG: cluster.kubeconfig,
});
const [list = '', ...deletions] = blocksOf(await readPage('docs/tasks/uninstall.md'))
  .filter(({ markers }) => !markers.has('not run'))
  .flatMap(({ text }) => text.trim().split('\n'));
const PLACEHOLDER = 'kubectl create secret generic probe --from-literal=JWT_SECRET=changeme';
const isStored = async () => (await shell.run(PLACEHOLDER)).exitCode === 0;

/** Prints no object if all is gone. */
const LEFT =
  'kubectl get namespaces,crds,clusterroles,clusterrolebindings,priorityclasses,mutatingwebhookconfigurations,validatingwebhookconfigurations,validatingadmissionpolicies,validatingadmissionpolicybindings,mutatingadmissionpolicies,mutatingadmissionpolicybindings -o name';

async function mustRun(script: string): Promise<void> {
  const { exitCode, output } = await shell.run(script);
  if (exitCode !== 0) throw new Error(`${script}: ${output}`);
}

/** Installs the kinds of an overlay that belong to cert-manager, without their schema. */
async function installKinds(overlay: string): Promise<void> {
  const objects = await kustomize(overlay);
  const kinds = new Set(objects.flatMap(({ apiVersion, kind }) => (apiVersion === API ? kind : [])));
  for (const kind of kinds) {
    const singular = kind.toLowerCase();
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${singular}s.cert-manager.io` },
      spec: {
        group: 'cert-manager.io',
        names: { kind, plural: `${singular}s`, singular },
        scope: 'Namespaced',
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    };
    await cluster.apply(crd);
    await mustRun(`kubectl wait crd ${crd.metadata.name} --for=condition=Established --timeout=60s`);
  }
}

const API = 'cert-manager.io/v1';

for (const overlay of await readdir(join(ROOT, 'manifests', 'overlays'))) {
  t.test(`${overlay}: nothing of lockstep is left, and a placeholder is stored`, async (t) => {
    await installKinds(`manifests/overlays/${overlay}`);
    await mustRun(`kubectl apply -k manifests/overlays/${overlay}`);
    if (overlay === 'floor') await untilRefused(cluster);
    if (overlay.endsWith('fail-closed'))
      await until('a write that is refused', [], async () => !(await isStored()));

    // The API server can need minutes to delete a CRD that no client has read. It serves a new CRD a moment later.
    await until('the list of the page', [], async () => (await shell.run(list)).exitCode === 0);
    for (const line of deletions) await mustRun(line);

    t.notMatch((await shell.run(LEFT)).output, /lockstep/);
    await until('a placeholder that is stored', [], isStored);
    await mustRun('kubectl delete secret probe');
  });
}

t.test('the printed floor is deleted by the same commands', async (t) => {
  const { stdout } = await execa(process.execPath, [entryPoint(), 'policy', 'floor']);
  await cluster.apply(stdout, '--server-side');
  await untilRefused(cluster);
  t.match((await shell.run(LEFT)).output, /validatingadmissionpolicy.*lockstep-floor/);

  const [, ofFloor = ''] = /To delete it: (kubectl delete .+)/.exec(stdout) ?? [];
  await mustRun(ofFloor);

  t.notMatch((await shell.run(LEFT)).output, /lockstep/);
  await until('a placeholder that is stored', [], isStored);
  for (const line of deletions.filter((each) => each.includes('admissionpolicies')))
    t.equal((await shell.run(line)).exitCode, 0, 'a second run finds nothing');
});
