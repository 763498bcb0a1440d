import { glob, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { kustomize } from '../../test/helpers/cluster/kustomize.ts';
import { chartFiles, type Installs } from './templates.ts';

const CHART = join(import.meta.dirname, '..', '..', 'manifests', 'helm');

/**
 * What `kubectl apply -k` would apply, of each way to install that a value of the chart chooses.
 *
 * @internal Exported for tests.
 */
export async function installs(): Promise<Installs> {
  return {
    base: await kustomize('manifests'),
    audit: await kustomize('manifests/overlays/audit'),
    files: await kustomize('manifests/overlays/files'),
    certManager: await kustomize('manifests/overlays/cert-manager'),
  };
}

/** Writes what of manifests/helm is made from base and overlays: the templates and the CRDs. */
export async function writeChart(): Promise<void> {
  const files = chartFiles(await installs());
  for await (const stale of glob('{templates,crds}/*.yaml', { cwd: CHART })) await rm(join(CHART, stale));
  for (const [path, text] of files) {
    await mkdir(dirname(join(CHART, path)), { recursive: true });
    await writeFile(join(CHART, path), text);
  }
}
