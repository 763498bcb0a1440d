import type { Secret } from './secret.ts';

/** Labels by which a controller marks the Secrets that it writes. With the annotations below the one list of them. */
const LABELS = [
  'reconcile.external-secrets.io/managed',
  'reconcile.external-secrets.io/created-by',
  'cnpg.io/cluster',
  'postgres-operator.crunchydata.com/cluster',
  'controller.cert-manager.io/fao',
];
const ANNOTATIONS = [
  'reconcile.external-secrets.io/data-hash',
  'acid.zalan.do/controller',
  'sealedsecrets.bitnami.com/managed',
  'sealedsecrets.bitnami.com/cluster-wide',
  'cert-manager.io/certificate-name',
];
/** Zalando's operator marks by a pair: `application: spilo` with the cluster's name. */
const ZALANDO = { label: 'application', value: 'spilo' };

/** Another controller writes this Secret: what lockstep changed it would change back. */
export function isOwned({ controller, labels, annotations }: Secret): boolean {
  return (
    controller !== undefined ||
    LABELS.some((label) => labels.has(label)) ||
    ANNOTATIONS.some((annotation) => annotations.has(annotation)) ||
    labels.get(ZALANDO.label) === ZALANDO.value
  );
}
