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
  if (kind === undefined ? fields.has('stringData') : /^secrets?$/i.test(kind)) return 'almost-secret';
  return 'other';
}
