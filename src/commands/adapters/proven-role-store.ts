import type { ProofKeeper } from '../../controllers/credential/reconcile-input.ts';
import type { CredentialStore } from '../../controllers/credential/store.ts';
import { withProven } from '../../engine/credential/change/allowed-roles.ts';
import type { FieldManager } from '../../engine/secret/kubernetes-names.ts';
import { LockstepError } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { type StoredCredential, writeProvenRoles } from '../../kube/objects/postgres-credentials.ts';

export interface ProofKeeperParts {
  readonly cluster: Cluster;
  readonly credentials: Pick<CredentialStore<StoredCredential>, 'provenOf' | 'put' | 'storedOf'>;
  /** The field manager. */
  readonly manager: FieldManager;
}

/** Keeps what a login has proven in the status of its PostgresCredential. */
export function proofKeeper({ cluster, credentials, manager }: ProofKeeperParts): ProofKeeper {
  return {
    provenOf: credentials.provenOf,
    keepProven: async (credential, proven) => {
      const stored = await writeProvenRoles(cluster, credential, proven, manager);
      if (stored !== undefined) credentials.put(stored);
    },
  };
}

/** For a person who may not write the status: what is proven then counts for this command alone. */
export function proofKeeperOfPerson(parts: ProofKeeperParts): ProofKeeper {
  const { keepProven } = proofKeeper(parts);
  return {
    provenOf: parts.credentials.provenOf,
    keepProven: async (credential, proven) => {
      try {
        await keepProven(credential, proven);
      } catch (error) {
        if (!(error instanceof LockstepError)) throw error;
        const stored = parts.credentials.storedOf(credential);
        if (stored !== undefined)
          parts.credentials.put({ ...stored, status: withProven(stored.status, proven) });
      }
    },
  };
}
