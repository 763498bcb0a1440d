import type { CredentialStore } from '../../controllers/credential/store.ts';
import type { ProvenRoleStore } from '../../controllers/reconciler-deps.ts';
import { withProvenRoles } from '../../engine/credential/change/allowed-roles.ts';
import type { FieldManager } from '../../engine/secret/kubernetes-names.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { type CredentialResource, writeProvenRoles } from '../../kube/objects/postgres-credentials.ts';

export interface ProvenRoleStoreParts {
  readonly cluster: Cluster;
  readonly credentials: Pick<CredentialStore<CredentialResource>, 'provenRolesOf' | 'upsert' | 'resourceOf'>;
  readonly manager: FieldManager;
}

/** Stores the proven roles of a login in the status of its PostgresCredential. */
export function provenRoleStore({ cluster, credentials, manager }: ProvenRoleStoreParts): ProvenRoleStore {
  return {
    read: credentials.provenRolesOf,
    save: async (credential, proven) => {
      const stored = await writeProvenRoles(cluster, credential, proven, manager);
      if (stored !== undefined) credentials.upsert(stored);
    },
  };
}

/** For a person without the right to write the status. The proof then counts for this command alone. */
export function bestEffortProvenRoleStore(parts: ProvenRoleStoreParts): ProvenRoleStore {
  const { read, save } = provenRoleStore(parts);
  return {
    read,
    save: async (credential, proven) => {
      try {
        await save(credential, proven);
      } catch (error) {
        if (!(error instanceof LockstepError)) throw error;
        const stored = parts.credentials.resourceOf(credential);
        if (stored !== undefined)
          parts.credentials.upsert({ ...stored, status: withProvenRoles(stored.status, proven) });
      }
    },
  };
}
