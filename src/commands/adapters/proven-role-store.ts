import type { CredentialStore } from '../../controllers/credential/store.ts';
import type { ProvenRoleStore } from '../../controllers/reconciler-deps.ts';
import { serverKindOf } from '../../engine/login/server-kinds/kinds.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { writeProvenRoles } from '../../kube/objects/credentials.ts';

export interface ProvenRoleStoreParts {
  readonly cluster: Cluster;
  readonly credentials: Pick<CredentialStore, 'provenRolesOf' | 'upsert'>;
}

/** Stores the proven roles of a login in the status of its PostgresCredential. */
export function provenRoleStore({ cluster, credentials }: ProvenRoleStoreParts): ProvenRoleStore {
  return {
    read: credentials.provenRolesOf,
    save: async (credential, proven) => {
      const stored = await writeProvenRoles(
        cluster,
        { ...credential, kind: serverKindOf(credential.spec.keys).object },
        proven,
      );
      if (stored !== undefined) credentials.upsert(stored);
    },
  };
}
