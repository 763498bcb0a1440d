import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { findBinaries } from '../../test/testbed/binaries.ts';
import { ROOT } from './project.ts';

/** The file of a release for each folder that `kubectl apply -k` takes. */
export function installFiles(): ReadonlyMap<string, string> {
  const overlays = readdirSync(join(ROOT, 'manifests', 'overlays')).sort();
  return new Map([
    ['install.yaml', 'manifests'],
    ...overlays.map((name): [string, string] => [`install-${name}.yaml`, `manifests/overlays/${name}`]),
    // For a chart with `crds.enabled: false`.
    ['crds.yaml', 'manifests/crds'],
    ['monitoring.yaml', 'manifests/monitoring'],
  ]);
}

/** The text that `kubectl kustomize FOLDER` prints. */
export async function kustomized(folder: string): Promise<string> {
  const { kubectl } = findBinaries(['kubectl']);
  const { stdout } = await execa(kubectl, ['kustomize', join(ROOT, folder)]);
  return `${stdout}\n`;
}
