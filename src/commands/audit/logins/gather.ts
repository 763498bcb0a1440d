import type { CredentialStore } from '../../../controllers/credential/store.ts';
import { secretNameIn } from '../../../controllers/credential/store.ts';
import { type LoginSubject, loginSubjects } from '../../../engine/diagnosis/ready/login-subject.ts';
import { UseIndex } from '../../../engine/diagnosis/uses/use-index.ts';
import { sourceOf } from '../../../engine/login/copies/login-copy.ts';
import type { ServerCredential } from '../../../engine/login/credential-schema/compile.ts';
import { LOGIN_SYSTEMS } from '../../../engine/login/server-kinds/kinds.ts';
import { sourceOfDerivedSecret } from '../../../engine/review/own-writes/derived-secret-marks.ts';
import { permissionsFor } from '../../../engine/review/own-writes/permissions.ts';
import type { LoginSystem } from '../../../engine/secret/record/login-record.ts';
import type { Secret } from '../../../engine/secret/secret.ts';
import type { SecretRef } from '../../../engine/secret/secret-ref.ts';
import { LockstepError } from '../../../errors/errors.ts';
import type { Cluster } from '../../../kube/client/connect.ts';
import { hasActiveController } from '../../../kube/client/lease.ts';
import { TOO_MANY, visitUses } from '../../../kube/references/uses.ts';
import { listWrittenSecrets } from '../../../kube/secrets/list-secrets.ts';
import { readCredentialStore } from '../../adapters/credentials.ts';
import type { PolicySnapshot } from '../../secret-session/policy-snapshot.ts';
import { type FoundPlaces, findPlaces } from './find-places.ts';

/** The logins of a cluster, and all that the API server shows about them. */
export interface GatheredLogins extends FoundPlaces {
  readonly subjects: readonly LoginSubject[];
  readonly uses: UseIndex;
  readonly credentials: CredentialStore;
  readonly isLed: boolean | undefined;
  /** The number of Secrets that were looked at. */
  readonly secrets: number;
}

/** Reads the Secrets of a namespace or of the cluster twice, one at a time, and the objects that use them. */
export async function gatherLogins(
  cluster: Cluster,
  namespace: string | undefined,
  { policies, labelsOf, context }: PolicySnapshot,
  lockstepNamespace: string,
): Promise<GatheredLogins> {
  const unread: string[] = [];
  const { credentials, fault } = await readCredentials(cluster, namespace);
  if (fault !== undefined) unread.push(fault);
  const permissionsOf = (secret: Secret) =>
    permissionsFor(secret, labelsOf(secret.namespace), policies, context);
  const credentialOf = (secret: SecretRef) => credentials.forSecret(secret, undefined);
  const subjects: LoginSubject[] = [];
  let secrets = 0;
  for await (const stored of listWrittenSecrets(cluster, { namespace })) {
    secrets += 1;
    if ('unread' in stored) continue;
    const { secret } = stored;
    // It follows another login, which has the row.
    if (sourceOfDerivedSecret(secret) !== undefined || sourceOf(secret, credentialOf) !== undefined) continue;
    const permissions = permissionsOf(secret);
    for (const system of LOGIN_SYSTEMS) {
      const credential = credentials.forSecret(secret, system);
      const unusable = unusableReason(credentials, secret, system);
      subjects.push(...loginSubjects(stored, { system, permissions, credential, unusable, context }));
    }
  }
  const found = await findPlaces(cluster, namespace, subjects, { permissionsOf, credentialOf, context });
  const wanted = wantedSecrets(subjects, credentialOf);
  const uses = new UseIndex((ref) => ref.source === 'Secret' && wanted.has(`${ref.namespace}/${ref.name}`));
  unread.push(
    ...(await visitUses(cluster, { namespace, excludedNamespaces: [] }, (object) => uses.add(object))),
  );
  if (uses.isFull) unread.push(TOO_MANY);
  return {
    ...found,
    unread: [...new Set([...unread, ...found.unread])],
    subjects,
    uses,
    credentials,
    isLed: await hasActiveController(cluster, lockstepNamespace),
    secrets,
  };
}

/** The PostgresCredential of a copy may be in another namespace. */
async function readCredentials(cluster: Cluster, namespace: string | undefined) {
  try {
    return { credentials: await readCredentialStore(cluster, undefined), fault: undefined };
  } catch (error) {
    if (!(error instanceof LockstepError) || namespace === undefined) throw error;
    return {
      credentials: await readCredentialStore(cluster, namespace),
      fault: 'the PostgresCredentials of other namespaces',
    };
  }
}

/** The reason why no credential that names the Secret counts. */
function unusableReason(
  credentials: CredentialStore,
  secret: SecretRef,
  system: LoginSystem,
): string | undefined {
  if (credentials.forSecret(secret, system) !== undefined) return undefined;
  const [one] = credentials.referencing(secret, system);
  if (one === undefined) return undefined;
  if (one.deletedAt !== undefined) return `${one.kind} ${one.name} is being deleted`;
  const report = credentials
    .reports()
    .find(({ stored }) => stored.uid === one.uid && secretNameIn(stored.document) === secret.name);
  const ready = report?.report.conditions.find(({ type }) => type === 'Ready');
  return `${one.kind} ${one.name} can't be used: ${ready?.message ?? 'lockstep doctor says why'}`;
}

/** The Secrets whose consumers get another password: those of the logins, and their copies. */
function wantedSecrets(
  subjects: readonly LoginSubject[],
  credentialOf: (secret: SecretRef) => ServerCredential | undefined,
): ReadonlySet<string> {
  const wanted = new Set<string>();
  for (const { place, managedBy } of subjects) {
    wanted.add(`${place.namespace}/${place.name}`);
    const credential = managedBy === undefined ? undefined : credentialOf(place);
    for (const copy of credential?.spec.copies ?? []) wanted.add(`${copy.namespace}/${copy.name}`);
  }
  return wanted;
}
