import type { CredentialStore } from '../../controllers/credential/store.ts';
import type { PostgresCredential } from '../../engine/credential/spec/compile.ts';
import type { Surroundings } from '../../engine/evaluation/decision.ts';
import { asLogin, type Mandate, mandateOver } from '../../engine/permissions/permissions.ts';
import { BEGUN, HISTORY, ofSecret, type Pending, type SecretRecord } from '../../engine/record/record.ts';
import { settled } from '../../engine/record/record-observation.ts';
import { LockstepError } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import type { StoredCredential } from '../../kube/objects/postgres-credentials.ts';
import { readRecord } from '../../kube/record/records.ts';
import { readSecret, type SecretPlace } from '../../kube/secrets/stored-secrets.ts';
import { printable } from '../../report/printable.ts';
import { credentialsIn } from '../adapters/credentials.ts';
import type { Shell } from '../cli/shell.ts';
import { type ClusterEngine, readClusterEngine } from '../secret-session/policy-snapshot.ts';
import { recordIn } from '../secret-session/require-record.ts';
import type { Begun } from '../secret-session/restore.ts';

export interface BegunRollback extends Begun {
  readonly mandate: Mandate;
  readonly engine: ClusterEngine;
  /** Undefined where this user may not read them, and the record knows of no login. */
  readonly credentials: CredentialStore<StoredCredential> | undefined;
  /** The one that the Secret is kept in step by, whether or not the server has to follow. */
  readonly credential: PostgresCredential | undefined;
}

/** All that a rollback goes by, with the record as it is once what the Secret holds now is in it; nothing is written. Throws LockstepError. */
export async function beginRollback(
  place: SecretPlace,
  cluster: Cluster,
  around: Surroundings,
  shell: Shell,
): Promise<BegunRollback> {
  const [held, found] = await Promise.all([readSecret(cluster, place), readRecord(cluster, place)]);
  const { record, resourceVersion } = recordIn(found, place, held !== undefined);
  if (held === undefined) throw new LockstepError('SECRET_DELETED', [`${place.namespace}/${place.name}`]);
  const engine = await readClusterEngine(cluster, place.namespace, shell);
  const { policies, labelsOf } = engine;
  const credentials = await knownCredentials(cluster, place, record);
  const credential = credentials?.of(place);
  const ofPolicies = mandateOver(held.secret, labelsOf(place.namespace), policies, around);
  const mandate = credential === undefined ? ofPolicies : asLogin(ofPolicies, credential.spec.consumers);
  const { restarts } = mandate;
  const { secret, uid, written } = held;
  const known = settled(
    ofSecret(record, uid),
    secret.data,
    { ...written, why: { kind: 'changed' }, resourceVersion: held.resourceVersion },
    // One is to be gone back to: nothing is let go yet.
    { history: Number.POSITIVE_INFINITY, restarts },
  );
  if (known.pending !== undefined) refuseAmid(known.pending, place, around.now());
  // A controller may have been told to keep more.
  const keeping = { history: Math.max(HISTORY, record.versions.length), restarts };
  return { place, held, record: known, resourceVersion, keeping, mandate, engine, credentials, credential };
}

async function knownCredentials(
  cluster: Cluster,
  { namespace }: SecretPlace,
  { login }: SecretRecord,
): Promise<BegunRollback['credentials']> {
  return await credentialsIn(cluster, namespace).catch((error: unknown) => {
    // A Secret that was never a login is rolled back without that right.
    if (login === undefined && isForbidden(error)) return undefined;
    throw error;
  });
}

const isForbidden = (error: unknown): boolean =>
  error instanceof LockstepError && error.code === 'LOCKSTEP_READ_FORBIDDEN';

function refuseAmid({ number, by, time }: Pending, { namespace, name }: SecretPlace, now: Date): void {
  if (now.getTime() - time.getTime() > BEGUN) return;
  throw new LockstepError('RECORD_CHANGE_PENDING', [printable(by), number, `${namespace}/${name}`]);
}
