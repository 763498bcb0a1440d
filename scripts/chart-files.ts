import { readFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { kustomize, type Manifest } from '../test/helpers/cluster/kustomize.ts';

const HEAD = '# Written by `npm run docs` from manifests/base and manifests/monitoring: change it there.\n';

/** The files of the chart that are copies: the CRDs, the guards, the alerts and the dashboard. */
export async function chartFiles(): Promise<ReadonlyMap<string, string>> {
  const base = await kustomize('manifests');
  const monitoring = await kustomize('manifests/monitoring');
  return new Map([
    ...base
      .filter(({ kind }) => kind === 'CustomResourceDefinition')
      .map((crd): [string, string] => [
        `manifests/helm/files/crds/${crd.metadata.name}.yaml`,
        documents([crd]),
      ]),
    [
      'manifests/helm/files/guards.yaml',
      documents(base.filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'))),
    ],
    [
      'manifests/helm/files/rules.yaml',
      documents(monitoring.filter(({ kind }) => kind === 'PrometheusRule')),
    ],
    ['manifests/helm/files/dashboard.json', await readFile('manifests/monitoring/dashboard.json', 'utf8')],
  ]);
}

/** The namespace is quoted, because the templates replace it and another one may be called `123`. */
const documents = (objects: readonly Manifest[]): string =>
  HEAD +
  objects
    .map((each) => stringify(each, { lineWidth: 0, indentSeq: false, compat: 'yaml-1.1' }))
    .join('---\n')
    .replaceAll(/(?<=: |- )lockstep-system$/gm, '"lockstep-system"');
