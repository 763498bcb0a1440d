import type { CredentialStore } from '../../controllers/credential/store.ts';
import { statusWriter, type Wanted } from '../../controllers/policy/status-writer.ts';
import { statusAfter } from '../../engine/credential/status/status.ts';
import { complaint, isConflict } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { CONTROLLER } from '../../kube/client/field-manager.ts';
import { type StoredCredential, writeCredentialStatus } from '../../kube/objects/postgres-credentials.ts';
import type { Log } from '../../log.ts';
import { pause } from '../cli/sleep.ts';

export interface CredentialStatuses {
  /** Something may have changed. */
  readonly wake: () => void;
}

/** Says in the status of each PostgresCredential what was found out of its login. */
export function credentialStatuses(
  store: () => Pick<CredentialStore<StoredCredential>, 'said'>,
  { cluster, log }: { readonly cluster: Cluster; readonly log: Log },
  signal: AbortSignal,
): CredentialStatuses {
  const wanted = (): readonly Wanted[] =>
    store()
      .said()
      .map(({ stored, news }) => {
        const status = statusAfter(stored.status, news, new Date());
        return {
          name: `${stored.namespace}/${stored.name}`,
          isStored: status === undefined,
          gist: `${stored.uid} ${JSON.stringify(news)}`,
          write: async () => {
            if (status !== undefined) await writeCredentialStatus(cluster, stored, status, CONTROLLER);
          },
        };
      });
  return statusWriter(
    {
      wanted,
      isConflict,
      failing: (error) => {
        if (error === undefined) log.info('the status of PostgresCredentials is written again');
        else log.warn('the status of a PostgresCredential can not be written', complaint(error));
      },
      random: Math.random,
      sleep: pause,
    },
    signal,
  );
}
