import type { Surroundings } from '../engine/decision.ts';
import { type Mandate, mandateOver } from '../engine/mandate.ts';
import { HISTORY, ofSecret, type Pending } from '../engine/record.ts';
import { settled } from '../engine/settled.ts';
import { LockstepError } from '../errors.ts';
import type { Cluster } from '../kube/connect.ts';
import { readRecord } from '../kube/records.ts';
import { readSecret, type SecretPlace } from '../kube/stored-secrets.ts';
import { printable } from '../report/printable.ts';
import { type ClusterEngine, readClusterEngine } from './cluster-engine.ts';
import { recordIn } from './record-in.ts';
import type { Begun } from './restore.ts';
import type { Shell } from './shell.ts';

export interface BegunRollback extends Begun {
  readonly mandate: Mandate;
  readonly engine: ClusterEngine;
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
  if (held === undefined) throw new LockstepError('SECRET_GONE', [`${place.namespace}/${place.name}`]);
  const engine = await readClusterEngine(cluster, place.namespace, shell);
  const { policies, labelsOf } = engine;
  const mandate = mandateOver(held.secret, labelsOf(place.namespace), policies, around.ownNamespace);
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
  return { place, held, record: known, resourceVersion, keeping, mandate, engine };
}

/** Whoever began a write so long ago is not at it any more. Milliseconds. */
const STALE = 60_000;

function refuseAmid({ number, by, time }: Pending, { namespace, name }: SecretPlace, now: Date): void {
  if (now.getTime() - time.getTime() > STALE) return;
  throw new LockstepError('RECORD_BUSY', [printable(by), number, `${namespace}/${name}`]);
}
