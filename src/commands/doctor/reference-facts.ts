import type { ReferenceFacts } from '../../engine/diagnosis/secret-checks/reference-check.ts';
import { pageUrl } from '../../engine/secret/finding/docs-url.ts';
import { placeOfFix } from '../../engine/secret/owners.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { readClusterReferences } from '../references/cluster-references.ts';

export const GRANT_HINT = `${pageUrl('reference/doctor.md#rights-of-the-diagnosis')} has the rights that it takes`;

/** The references of the namespace to the Secret, which may not exist. Objects that can't be read are named. */
export async function referenceFacts(
  cluster: Cluster,
  { namespace, name }: SecretRef,
  secret: Secret | undefined,
): Promise<ReferenceFacts> {
  const scope = { namespace, excludedNamespaces: [] };
  const references = await readClusterReferences(cluster, scope, {}, (read) => read === name);
  if (secret !== undefined) references.addSecret(namespace, name, new Set(secret.data.keys()));
  return {
    ...(await references.compare()),
    grantHint: GRANT_HINT,
    isAbsent: secret === undefined,
    placeOfFix: secret === undefined ? '' : placeOfFix(secret, 'add'),
  };
}
