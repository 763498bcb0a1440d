import { glob, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { kustomize } from '../test/helpers/kustomize.ts';
import { chartFiles } from './helm-templates.ts';

const CHART = join(import.meta.dirname, '..', 'manifests', 'helm');

/** Writes what of manifests/helm is made from manifests/base: the templates and the CRDs. */
export async function writeChart(): Promise<void> {
  const files = chartFiles(await kustomize('manifests'));
  for await (const stale of glob('{templates,crds}/*.yaml', { cwd: CHART })) await rm(join(CHART, stale));
  for (const [path, text] of files) {
    await mkdir(dirname(join(CHART, path)), { recursive: true });
    await writeFile(join(CHART, path), text);
  }
}
