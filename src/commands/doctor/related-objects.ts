import { secretNameIn } from '../../controllers/credential/store.ts';
import type { SecretChanges } from '../../engine/diagnosis/secret-checks/consumer-facts.ts';
import type {
  CredentialFacts,
  ManagingCredential,
} from '../../engine/diagnosis/secret-checks/credential-check.ts';
import type { RecordFacts } from '../../engine/diagnosis/secret-checks/record-check.ts';
import type { ConsumerFacts } from '../../engine/diagnosis/secret-checks/stale-consumers.ts';
import { type ProvenRoles, provenRolesIn } from '../../engine/login/change/allowed-roles.ts';
import {
  CREDENTIAL_KINDS,
  type CredentialResource,
  type CredentialSpec,
  compileCredential,
} from '../../engine/login/credential-schema/compile.ts';
import { problemText } from '../../engine/policy/schema/problem.ts';
import { generatorNameOf } from '../../engine/secret/kubernetes/generated-name.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { notWritableReason } from '../../engine/versions/rollback/plan.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { readCredentials } from '../../kube/objects/credentials.ts';
import { readRecord } from '../../kube/record/records.ts';
import type { StoredSecret } from '../../kube/secrets/stored-secrets.ts';
import { readConsumers } from '../adapters/consumers.ts';

/** A credential that names the Secret. It has no spec if it can't be used. */
export interface ReferencingCredential extends ManagingCredential {
  readonly spec: CredentialSpec | undefined;
  readonly provenRoles: ProvenRoles | undefined;
}

/** The credentials of each kind that name the Secret, whatever else they hold. Throws LockstepError. */
export async function referencingCredentials(
  cluster: Cluster,
  { namespace, name }: SecretRef,
): Promise<readonly ReferencingCredential[]> {
  const all = await Promise.all(CREDENTIAL_KINDS.map((kind) => readCredentials(cluster, namespace, kind)));
  return all
    .flat()
    .filter(({ document }) => secretNameIn(document) === name)
    .map(referencingCredential);
}

/** A credential that names the Secret without the hash of kustomize. Throws LockstepError. */
export async function credentialOfGenerator(
  cluster: Cluster,
  { namespace, name }: SecretRef,
): Promise<CredentialFacts['ofGenerator']> {
  const secretName = generatorNameOf(name);
  if (secretName === undefined) return undefined;
  const [credential] = await referencingCredentials(cluster, { namespace, name: secretName });
  return credential && { kind: credential.kind, name: credential.name, secretName };
}

function referencingCredential({ kind, name, document, status }: CredentialResource): ReferencingCredential {
  const compiled = compileCredential(document);
  const conditions = conditionsIn(status);
  const ready = conditions.find(({ type }) => type === 'Ready');
  const synced = conditions.find(({ type }) => type === 'Synced');
  return {
    kind,
    name,
    problems: 'problems' in compiled ? compiled.problems.map(problemText) : [],
    notReadyReason: ready?.status === 'False' ? String(ready.message ?? '') : undefined,
    synced: synced && { status: String(synced.status), message: String(synced.message ?? '') },
    spec: 'credential' in compiled ? compiled.credential.spec : undefined,
    provenRoles: provenRolesIn(status),
  };
}

/** A user with the right to write a status may have written any value. */
function conditionsIn(status: unknown): readonly Readonly<Record<string, unknown>>[] {
  const { conditions } = (status ?? {}) as { readonly conditions?: unknown };
  return Array.isArray(conditions) ? conditions.filter((one) => typeof one === 'object' && one !== null) : [];
}

/** Throws LockstepError. */
export async function recordFacts(cluster: Cluster, { secret }: StoredSecret): Promise<RecordFacts> {
  const lookup = await readRecord(cluster, secret);
  switch (lookup.kind) {
    case 'absent':
      return { kind: 'absent' };
    case 'unreadable':
      return { kind: 'unreadable', reason: lookup.reason };
    case 'read':
      return {
        kind: 'read',
        record: lookup.record,
        data: secret.data,
        notWritable: notWritableReason(secret),
      };
  }
}

/** The consumers of the Secret, and the start of their pods. Throws LockstepError. */
export async function consumerFacts(
  cluster: Cluster,
  observed: StoredSecret,
  record: RecordFacts | undefined,
): Promise<readonly ConsumerFacts[]> {
  return await readConsumers(cluster, observed.secret, knownChanges(observed, record));
}

/** Without a record only the time of the last write is known, and not its keys. */
function knownChanges({ secret, written }: StoredSecret, record: RecordFacts | undefined): SecretChanges {
  if (record?.kind === 'read') return record.record;
  const { data } = secret;
  const last = { number: undefined, time: written.time, keys: [...data.keys()], data };
  return { versions: [last], rollout: undefined };
}
