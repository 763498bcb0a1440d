import { RESTORING } from '../../config.ts';
import type { SecretFacts } from '../../engine/credential/diagnosis/diagnosis.ts';
import type { RecordFacts } from '../../engine/credential/diagnosis/record-check.ts';
import type { SecretFindings } from '../../engine/credential/diagnosis/values-check.ts';
import { decide } from '../../engine/decide/decide.ts';
import type { Found } from '../../engine/doctor/check-result.ts';
import type { Surroundings } from '../../engine/evaluation/decision.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import { otherWriterOf } from '../../engine/server/other-managers.ts';
import { LockstepError } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { readSecret, type SecretPlace, type StoredSecret } from '../../kube/secrets/stored-secrets.ts';
import type { Shell } from '../cli/shell.ts';
import { type ClusterEngine, readClusterEngine } from '../secret-session/policy-snapshot.ts';
import { attempt } from './cluster-facts.ts';
import { consumersIn, credentialsOn, recordOf } from './related-objects.ts';
import { lookAtServer, type ServerLook } from './server-facts.ts';

/**
 * One look at a Secret, at those who read it, and at the server that it opens. What this user may not read is a fact that is not known. Throws LockstepError where
 * the Secret itself can't be read.
 */
export async function gatherSecretFacts(
  place: SecretPlace,
  cluster: Cluster,
  options: ServerLook,
  around: Surroundings,
  shell: Pick<Shell, 'root' | 'stderr' | 'cpu'>,
): Promise<SecretFacts> {
  const held = await readSecret(cluster, place);
  if (held === undefined) throw new LockstepError('SECRET_NOT_FOUND', [`${place.namespace}/${place.name}`]);
  const engine = await attempt(() => readClusterEngine(cluster, place.namespace, shell), GRANT);
  const findings = mapped(engine, (found) => findingsIn(held.secret, found, around));
  const credentials = await attempt(() => credentialsOn(cluster, place), GRANT);
  const record = await attempt(() => recordOf(cluster, held), GRANT);
  const kept = factOf(credentials)?.find(({ spec }) => spec !== undefined);
  const read = factOf(record);
  const known = {
    secret: held.secret,
    spec: kept?.spec,
    policies: factOf(engine)?.policies.policies ?? [],
    record: read?.kind === 'read' ? read.record : undefined,
    mends: factOf(findings)?.mends ?? [],
  };
  return {
    place,
    home: around.ownNamespace,
    now: around.now(),
    other: otherWriterOf(held.secret),
    isRestored: isRestored(held, read),
    isKept: kept !== undefined,
    ...(await lookAtServer(cluster, known, options)),
    findings,
    keeping: mapped(credentials, (all) => ({ credentials: all })),
    record,
    consumers: await attempt(() => consumersIn(cluster, held, read), GRANT),
  };
}

const isRestored = ({ uid, written: { by } }: StoredSecret, found: RecordFacts | undefined): boolean =>
  RESTORING.includes(by) || (found?.kind === 'read' && found.record.uid !== uid);

const GRANT = 'docs/troubleshooting.md#rights-of-the-diagnosis has the rights that it takes';

const factOf = <Fact>(found: Found<Fact>): Fact | undefined =>
  found.kind === 'found' ? found.fact : undefined;

const mapped = <Fact, Other>(found: Found<Fact>, change: (fact: Fact) => Other): Found<Other> =>
  found.kind === 'found' ? { kind: 'found', fact: change(found.fact) } : found;

/** As if it were written anew, by nobody in particular. */
function findingsIn(
  secret: Secret,
  { policies, labelsOf }: ClusterEngine,
  around: Surroundings,
): SecretFindings {
  const { findings, changes } = decide(
    {
      operation: 'CREATE',
      secret,
      old: undefined,
      username: undefined,
      namespaceLabels: labelsOf(secret.namespace),
    },
    policies,
    around,
  );
  return { findings, mends: changes.map(({ key }) => key) };
}
