import type { Secret } from './secret.ts';

/**
 * Labels by which a controller marks its Secrets, with the controller's name. This and the annotations below are the
 * only list.
 */
const OWNER_LABELS: readonly (readonly [label: string, owner: string])[] = [
  ['reconcile.external-secrets.io/managed', 'External Secrets'],
  ['reconcile.external-secrets.io/created-by', 'External Secrets'],
  ['cnpg.io/cluster', 'CloudNativePG'],
  ['k8s.enterprisedb.io/cluster', 'the operator of EDB'],
  ['stackgres.io/cluster-name', 'StackGres'],
  ['secrets.hashicorp.com/vso-ownerRefUID', 'the Vault Secrets Operator'],
  ['postgres-operator.crunchydata.com/cluster', 'the operator of Crunchy Data'],
  ['controller.cert-manager.io/fao', 'cert-manager'],
];
const OWNER_ANNOTATIONS: typeof OWNER_LABELS = [
  ['reconcile.external-secrets.io/data-hash', 'External Secrets'],
  ['acid.zalan.do/controller', "Zalando's operator"],
  ['sealedsecrets.bitnami.com/managed', 'Sealed Secrets'],
  ['sealedsecrets.bitnami.com/cluster-wide', 'Sealed Secrets'],
  ['sealedsecrets.bitnami.com/namespace-wide', 'Sealed Secrets'],
  ['cert-manager.io/certificate-name', 'cert-manager'],
];
/** Labels that other tools use too: only this value marks the owner. */
const OWNER_LABEL_VALUES: readonly (readonly [label: string, value: string, owner: string])[] = [
  ['application', 'spilo', "Zalando's operator"],
  ['app.kubernetes.io/managed-by', 'kubedb.com', 'KubeDB'],
];

/**
 * The other controller that writes this Secret and would revert lockstep's changes. It is an object as `Kind/name`,
 * else the name of the tool.
 */
export function ownerOf({ controller, labels, annotations }: Secret): string | undefined {
  if (controller !== undefined) return controller;
  const marked =
    OWNER_LABELS.find(([label]) => labels.has(label)) ??
    OWNER_ANNOTATIONS.find(([name]) => annotations.has(name));
  if (marked !== undefined) return marked[1];
  return OWNER_LABEL_VALUES.find(([label, value]) => labels.get(label) === value)?.[2];
}

export const isOwned = (secret: Secret): boolean => ownerOf(secret) !== undefined;

/** The owner in words for a fix: the kind of the object, or the name of the tool. */
export type Owner =
  | { readonly kind: 'external-secret' }
  | { readonly kind: 'sealed-secret' }
  | { readonly kind: 'other'; readonly name: string };

export function ownerKindOf(secret: Secret): Owner | undefined {
  const owner = ownerOf(secret);
  if (owner === undefined) return undefined;
  const [kind = ''] = owner.split('/', 1);
  if (owner === 'External Secrets' || /^(?:Cluster)?ExternalSecret$/.test(kind))
    return { kind: 'external-secret' };
  if (owner === 'Sealed Secrets' || kind === 'SealedSecret') return { kind: 'sealed-secret' };
  // The kind in an ownerReference can have any length and any character.
  if (secret.controller === undefined) return { kind: 'other', name: owner };
  return { kind: 'other', name: /^[A-Za-z]{1,63}$/.test(kind) ? `its ${kind}` : 'its owner' };
}

/**
 * The place in which a person changes a value of an owned Secret, or adds one. Empty for a Secret without an owner. A
 * store may have a value that the ExternalSecret does not fetch.
 */
export function placeOfFix(secret: Secret, verb: 'set' | 'add' = 'set'): string {
  const owner = ownerKindOf(secret);
  switch (owner?.kind) {
    case undefined:
      return '';
    case 'external-secret':
      return verb === 'add'
        ? ' in the ExternalSecret and in the store that it reads'
        : ' in the store that the ExternalSecret reads';
    case 'sealed-secret':
      return ' before the Secret is sealed';
    case 'other':
      return ` where ${owner.name} takes it from`;
  }
}
