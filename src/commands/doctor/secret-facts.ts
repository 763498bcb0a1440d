import { serverAddress } from '../../controllers/credential/open-server.ts';
import { withCurrentData } from '../../controllers/secret-session/execute.ts';
import type { Observation } from '../../engine/diagnosis/check-result.ts';
import { managerOfCopy } from '../../engine/diagnosis/secret-checks/copies-check.ts';
import type { SecretFacts } from '../../engine/diagnosis/secret-checks/diagnosis.ts';
import type { SecretFindings } from '../../engine/diagnosis/secret-checks/values-check.ts';
import { allowedRoles } from '../../engine/login/change/allowed-roles.ts';
import { editConsentOf } from '../../engine/login/change/edit-consent.ts';
import type { CredentialSpec } from '../../engine/login/credential-schema/compile.ts';
import { decide } from '../../engine/review/decide/decide.ts';
import {
  type Permissions,
  permissionsFor,
  withLoginPermissions,
} from '../../engine/review/own-writes/permissions.ts';
import { copyReasonOf, otherManagerOf } from '../../engine/secret/other-managers.ts';
import { lastWriter } from '../../engine/secret/record/earlier-versions.ts';
import { forLogin } from '../../engine/secret/record/login-record.ts';
import type { SecretRecord } from '../../engine/secret/record/record.ts';
import { BACKUP_TOOLS } from '../../engine/secret/record/writers.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { recordFindings } from '../../engine/versions/record-findings/record-findings.ts';
import { mayRestore } from '../../engine/versions/rollback/plan.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { hasActiveController } from '../../kube/client/lease.ts';
import type { StoredSecret } from '../../kube/secrets/stored-secrets.ts';
import type { Shell } from '../cli/shell.ts';
import { type PolicySnapshot, readPolicySnapshot } from '../secret-session/policy-snapshot.ts';
import { attemptFact } from './cluster-facts.ts';
import { copyFacts, sourceFacts } from './copy-facts.ts';
import type { ManagedFacts } from './managed-facts.ts';
import { GRANT_HINT, referenceFacts } from './reference-facts.ts';
import {
  consumerFacts,
  credentialOfGenerator,
  type ReferencingCredential,
  recordFacts,
  referencingCredentials,
} from './related-objects.ts';
import { checkServers, type ServerCheckOptions } from './server-facts.ts';

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
  const source = await sourceFacts(cluster, observed.secret);
  const ofGenerator = factOf(await attemptFact(() => credentialOfGenerator(cluster, ref)));
  const record = await attemptFact(() => recordFacts(cluster, observed), GRANT_HINT);
  const usable = (factOf(credentials) ?? []).filter(isUsable);
  const [postgres] = usable.filter(({ spec }) => spec.keys.system === undefined);
  const knownRecord = factOf(record);
  const knownFacts = {
    secret: observed.secret,
    policies: factOf(policySnapshot)?.policies ?? [],
    record: knownRecord?.kind === 'read' ? knownRecord.record : undefined,
    correctedKeys: factOf(findings)?.correctedKeys ?? [],
  };
  const policies = factOf(policySnapshot);
  const known = {
    record: knownFacts.record,
    policies,
    permissions: policies && storedPermissions(observed.secret, usable, policies),
    isLed: factOf(await attemptFact(() => hasActiveController(cluster, options.lockstepNamespace))),
  };
  const withFacts = usable.map((one) => ({ ...one, managed: managedFactsOf(one, observed, known) }));
  return {
    place: ref,
    lockstepNamespace: options.lockstepNamespace,
    now: new Date(),
    otherManager: otherManagerOf(observed.secret) ?? managerOfCopy(source),
    correctedKeys: knownFacts.correctedKeys,
    ...(await checkServers(cluster, { ...knownFacts, credentials: withFacts }, options)),
    findings: mapFact(findings, (found) => withRecordFindings(found, observed, known)),
    credential: mapFact(credentials, (all) => ({ credentials: all, ofGenerator, source })),
    copies:
      postgres === undefined
        ? []
        : await copyFacts(cluster, { namespace: ref.namespace, spec: postgres.spec }, knownFacts.record),
    record,
    consumers: await attemptFact(() => consumerFacts(cluster, observed, knownRecord), GRANT_HINT),
    restarts: { mayRestart: known.permissions?.mayRestart, isLed: known.isLed },
    references: await attemptFact(() => referenceFacts(cluster, ref, observed.secret), GRANT_HINT),
  };
}

/** The findings that only the record shows. The controller reports the same ones. */
function withRecordFindings(
  found: SecretFindings,
  observed: StoredSecret,
  { record, policies, permissions }: KnownFacts,
): SecretFindings {
  if (record === undefined || policies === undefined || permissions === undefined) return found;
  const retention = { history: Number.POSITIVE_INFINITY, restarts: false };
  const current = withCurrentData(record, observed, retention);
  return {
    ...found,
    findings: [...found.findings, ...recordFindings(permissions, current, policies.context)],
  };
}

/** Undefined if no version has the present password yet. */
function passwordWriter(
  { data }: Secret,
  { keys: { password } }: CredentialSpec,
  record: SecretRecord | undefined,
): string | undefined {
  const { versions = [] } = record ?? {};
  const isRecorded = versions.at(-1)?.data?.get(password)?.equals(data.get(password)) === true;
  return isRecorded ? lastWriter(versions, password) : undefined;
}

function storedPermissions(
  secret: Secret,
  credentials: readonly UsableCredential[],
  { policies, labelsOf, context }: PolicySnapshot,
): Permissions {
  const permissions = permissionsFor(secret, labelsOf(secret.namespace), policies, context);
  return credentials.reduce((all, { spec }) => withLoginPermissions(all, spec.consumers), permissions);
}

type UsableCredential = ReferencingCredential & { readonly spec: CredentialSpec };

const isUsable = (credential: ReferencingCredential): credential is UsableCredential =>
  credential.spec !== undefined;

interface KnownFacts {
  readonly record: SecretRecord | undefined;
  readonly policies: PolicySnapshot | undefined;
  readonly permissions: Permissions | undefined;
  readonly isLed: boolean | undefined;
}

function managedFactsOf(
  { spec, provenRoles }: UsableCredential,
  { secret, uid, written }: StoredSecret,
  { record, policies, permissions }: KnownFacts,
): ManagedFacts {
  return {
    secret,
    uid,
    spec,
    record: record && forLogin(record, spec.keys.system),
    isRestored: BACKUP_TOOLS.includes(passwordWriter(secret, spec, record) ?? written.by),
    copyReason: copyReasonOf(secret),
    alterableRoles: ({ target }) => allowedRoles(spec, provenRoles, serverAddress(target)),
    editConsent: permissions && editConsentOf(permissions, spec.keys, record?.versions ?? []),
    mayRestore:
      permissions &&
      policies &&
      record &&
      ((version) => mayRestore(permissions, record, version, policies.context)),
    now: new Date(),
  };
}

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
