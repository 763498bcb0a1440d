import { glob, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { kustomize } from '../../test/helpers/cluster/kustomize.ts';
import { chartFiles, type Installs } from './templates.ts';
import { valuesSchema } from './values/schema.ts';
import { VALUES } from './values/values.ts';
import { valuesYaml } from './values/values-yaml.ts';

const CHART = join(import.meta.dirname, '..', '..', 'manifests', 'helm');

/** What `kubectl apply -k` would apply, of each way to install that a value of the chart chooses. */
async function installs(): Promise<Installs> {
  return {
    base: await kustomize('manifests'),
    audit: await kustomize('manifests/overlays/audit'),
    files: await kustomize('manifests/overlays/files'),
    certManager: await kustomize('manifests/overlays/cert-manager'),
    monitoring: await kustomize('manifests/monitoring'),
  };
}

/** Writes the files of manifests/helm that are made from base, overlays and the table of values. */
export async function writeChart(): Promise<void> {
  const files = await generatedFiles();
  for await (const stale of glob('{templates,crds}/*.yaml', { cwd: CHART })) await rm(join(CHART, stale));
  for (const [path, text] of files) {
    await mkdir(dirname(join(CHART, path)), { recursive: true });
    await writeFile(join(CHART, path), text);
  }
}

/**
 * Paths inside the chart and their text.
 *
 * @internal Exported for tests.
 */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ...chartFiles(await installs()),
    ['values.yaml', valuesYaml(VALUES)],
    ['values.schema.json', `${JSON.stringify(valuesSchema(VALUES), null, 2)}\n`],
  ]);
}
