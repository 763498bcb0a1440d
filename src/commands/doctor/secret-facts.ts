import { RESTORING } from '../../config.ts';
import type { SecretFacts } from '../../engine/credential/diagnosis/diagnosis.ts';
import type { RecordFacts } from '../../engine/credential/diagnosis/record-check.ts';
import type { SecretFindings } from '../../engine/credential/diagnosis/values-check.ts';
import { decide } from '../../engine/decide/decide.ts';
import type { Observation } from '../../engine/doctor/check-result.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { otherManagerOf } from '../../engine/server/other-managers.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import type { StoredSecret } from '../../kube/secrets/stored-secrets.ts';
import type { Shell } from '../cli/shell.ts';
import { type PolicySnapshot, readPolicySnapshot } from '../secret-session/policy-snapshot.ts';
import { attemptFact } from './cluster-facts.ts';
import { GRANT_HINT, referenceFacts } from './reference-facts.ts';
import { consumerFacts, recordFacts, referencingCredentials } from './related-objects.ts';
import { checkServer, type ServerCheckOptions } from './server-facts.ts';

/**
 * Gathers facts about a Secret, its consumers and its server. A part that this user may not read is an unknown fact.
 */
export async function gatherSecretFacts(
  ref: SecretRef,
  observed: StoredSecret,
  cluster: Cluster,
  options: ServerCheckOptions & { readonly lockstepNamespace: string },
  shell: Pick<Shell, 'root' | 'stderr' | 'cpu'>,
): Promise<SecretFacts> {
  const policySnapshot = await attemptFact(
    () =>
      readPolicySnapshot(
        cluster,
        { namespace: ref.namespace, lockstepNamespace: options.lockstepNamespace },
        shell,
      ),
    GRANT_HINT,
  );
  const findings = mapFact(policySnapshot, (found) => evaluateNow(observed.secret, found));
  const credentials = await attemptFact(() => referencingCredentials(cluster, ref), GRANT_HINT);
  const record = await attemptFact(() => recordFacts(cluster, observed), GRANT_HINT);
  const usable = factOf(credentials)?.find(({ spec }) => spec !== undefined);
  const knownRecord = factOf(record);
  const knownFacts = {
    secret: observed.secret,
    spec: usable?.spec,
    policies: factOf(policySnapshot)?.policies.policies ?? [],
    record: knownRecord?.kind === 'read' ? knownRecord.record : undefined,
    correctedKeys: factOf(findings)?.correctedKeys ?? [],
  };
  return {
    place: ref,
    lockstepNamespace: options.lockstepNamespace,
    now: new Date(),
    otherManager: otherManagerOf(observed.secret),
    isRestored: isRestored(observed, knownRecord),
    isManaged: usable !== undefined,
    ...(await checkServer(cluster, knownFacts, options)),
    findings,
    credential: mapFact(credentials, (all) => ({ credentials: all })),
    record,
    consumers: await attemptFact(() => consumerFacts(cluster, observed, knownRecord), GRANT_HINT),
    references: await attemptFact(() => referenceFacts(cluster, ref, observed.secret), GRANT_HINT),
  };
}

const isRestored = ({ uid, written: { by } }: StoredSecret, found: RecordFacts | undefined): boolean =>
  RESTORING.includes(by) || (found?.kind === 'read' && found.record.uid !== uid);

const factOf = <Fact>(found: Observation<Fact>): Fact | undefined =>
  found.kind === 'found' ? found.fact : undefined;

const mapFact = <Fact, Other>(found: Observation<Fact>, change: (fact: Fact) => Other): Observation<Other> =>
  found.kind === 'found' ? { kind: 'found', fact: change(found.fact) } : found;

/** The evaluation of a new write of the same data, without a user. */
function evaluateNow(secret: Secret, { policies, labelsOf, context }: PolicySnapshot): SecretFindings {
  const { findings, changes } = decide(
    {
      operation: 'CREATE',
      secret,
      old: undefined,
      username: undefined,
      namespaceLabels: labelsOf(secret.namespace),
    },
    policies,
    context,
  );
  return { findings, correctedKeys: changes.map(({ key }) => key) };
}
