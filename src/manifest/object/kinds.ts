import { nearestNames } from '../../engine/secret/nearest.ts';
import { textAt } from './entries.ts';
import type { ManifestObject } from './objects.ts';

/** The role that an object of a manifest has for lockstep. */
export type ManifestKind =
  | 'secret'
  | 'almost-secret'
  | 'sealed-secret'
  | 'external-secret'
  | 'kustomization'
  | 'other';

export function manifestKindOf({ fields, apiVersion, kind }: ManifestObject): ManifestKind {
  const group = apiVersion?.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  if (group === 'kustomize.config.k8s.io') return 'kustomization';
  if (kind === 'SealedSecret') return 'sealed-secret';
  if (kind === 'ExternalSecret' || kind === 'ClusterExternalSecret') return 'external-secret';
  // A kind `Secret` of another API group is a custom resource.
  if (group !== '' && group !== 'core') return 'other';
  if (kind === 'Secret' && apiVersion === 'v1') return 'secret';
  const isAlmost =
    kind === undefined ? fields.has('stringData') || hasMisspeltKind(fields) : isAlmostSecret(kind);
  if (isAlmost) return 'almost-secret';
  return 'other';
}

/** Two letters more than `Secret` can be wrong. A longer kind is another word. */
const MAX_LENGTH = 9;

/** `secret`, `Secrets` and `Secrt`. */
export const isAlmostSecret = (kind: string): boolean =>
  kind.length <= MAX_LENGTH && nearestNames(kind, ['Secret']).length > 0;

/** `Kind: Secret` and `knid: Secret`. Without an `apiVersion`, a file is no manifest. */
const hasMisspeltKind = (fields: ManifestObject['fields']): boolean =>
  fields.has('apiVersion') &&
  [...fields.keys()].some(
    (key) =>
      key.length <= 'kind'.length + 1 &&
      nearestNames(key, ['kind']).length > 0 &&
      isAlmostSecret(textAt(fields, key) ?? ''),
  );
