import { join } from 'node:path';
import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';
import { findBinaries } from '../../testbed/binaries.ts';

// biome-ignore lint/suspicious/noExplicitAny: a test looks into a manifest as freely as its author wrote it.
export type Loose = any;

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [field: string]: Loose };
  readonly [field: string]: Loose;
}

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** The objects that `kubectl apply -k FOLDER` would apply. FOLDER is relative to the repository. */
export async function kustomize(folder: string): Promise<Manifest[]> {
  const { kubectl } = findBinaries(['kubectl']);
  const { stdout } = await execa(kubectl, ['kustomize', join(ROOT, folder)]);
  return parseAllDocuments(stdout).map((document) => document.toJS());
}

/** The one object of that kind and name. */
export function pick(objects: readonly Manifest[], kind: string, name: string): Manifest {
  const found = objects.filter((each) => each.kind === kind && each.metadata.name === name);
  if (found.length !== 1) throw new Error(`${found.length} objects are ${kind} ${name}`);
  return found[0]!;
}

/**
 * The install for a testbed, whose Service must have an address that a local process listens on. Nothing else is
 * changed.
 */
export function withServiceAddress(objects: readonly Manifest[], clusterIP: string): object {
  const items = objects.map((each) =>
    each.kind === 'Service' && each.metadata.name === 'lockstep-webhook'
      ? { ...each, spec: { ...each.spec, clusterIP } }
      : each,
  );
  return { apiVersion: 'v1', kind: 'List', items };
}
