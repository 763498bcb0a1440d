import {
  distinctMakers,
  type Maker,
  type MakingObject,
  makerIn,
  markedMakers,
} from '../../engine/diagnosis/uses/makers-of.ts';
import {
  type MayRestart,
  type SecretState,
  type SecretUses,
  sameLoginOf,
  unusedKeysOf,
  usersOf,
} from '../../engine/diagnosis/uses/secret-uses.ts';
import { UseIndex } from '../../engine/diagnosis/uses/use-index.ts';
import type { ServerCredential } from '../../engine/login/credential-schema/compile.ts';
import { serverKindOf } from '../../engine/login/server-kinds/kinds.ts';
import { permissionsFor, reportsOnly } from '../../engine/review/own-writes/permissions.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { madeSecretsOf } from '../../engine/workloads/references/made-secrets.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { hasActiveController } from '../../kube/client/lease.ts';
import { readApiGroups } from '../../kube/references/api-groups.ts';
import { visitMakers } from '../../kube/references/makers.ts';
import { TOO_MANY, visitUses } from '../../kube/references/uses.ts';
import { readSecret } from '../../kube/secrets/stored-secrets.ts';
import { credentialsOfSecret, readCredentialStore, readSourceCredential } from '../adapters/credentials.ts';
import type { Shell } from '../cli/shell.ts';
import { readPolicySnapshot } from '../secret-session/policy-snapshot.ts';

/**
 * Gathers the readers and the makers of a Secret. A part that this user may not read is named. Throws SECRET_NOT_FOUND
 * if the Secret is absent and nothing reads or makes it.
 */
export async function gatherUses(
  cluster: Cluster,
  ref: SecretRef,
  lockstepNamespace: string,
  shell: Pick<Shell, 'root' | 'stderr' | 'cpu'>,
): Promise<SecretUses> {
  const { secret, state } = await readState(cluster, ref);
  const scope = { namespace: ref.namespace, excludedNamespaces: [] };
  const index = new UseIndex(({ source, namespace, name }) => {
    return source === 'Secret' && namespace === ref.namespace && name === ref.name;
  });
  const makers: Maker[] = [];
  const addMaker = (object: MakingObject): void => {
    const maker = makerIn(object, ref.name);
    if (maker !== undefined) makers.push(maker);
  };
  const unread = await visitUses(cluster, scope, (object) => {
    index.add(object);
    addMaker(object);
  });
  const groups = await readApiGroups(cluster);
  const unreadMakers = await visitMakers(cluster, scope, groups ?? new Map(), (object) =>
    addMaker({ ...object, made: () => madeSecretsOf(object) }),
  );
  const readers = index.readersOf({ source: 'Secret', ...ref });
  if (state.kind === 'absent' && readers.length === 0 && makers.length === 0)
    throw new LockstepError('SECRET_NOT_FOUND', [`${ref.namespace}/${ref.name}`]);
  const keys = state.kind === 'read' ? state.keys : [];
  const absence = state.kind === 'absent' ? 'the Secret does not exist' : 'the Secret was not read';
  const credential = secret === undefined ? undefined : await readCredential(cluster, ref, secret);
  const mayRestart =
    secret === undefined || credential === undefined
      ? ({ kind: 'unknown', why: absence } as const)
      : await readMayRestart(cluster, ref, secret, credential, lockstepNamespace, shell);
  const { immutable = false, annotations = new Map() } = secret ?? {};
  return {
    ...ref,
    secret: state,
    makers: distinctMakers([...(secret === undefined ? [] : markedMakers(secret)), ...makers]),
    users: usersOf(readers, { secret: { name: ref.name, immutable, annotations }, keys, mayRestart }),
    unusedKeys: unusedKeysOf(readers, keys),
    unread: index.isFull ? [...unread, TOO_MANY] : unread,
    unreadMakers,
    isLed: await attempt(
      () => hasActiveController(cluster, lockstepNamespace),
      () => undefined,
    ),
    sameLogin: sameLoginOf(ref, credential?.kind === 'read' ? credential.credential : undefined),
  };
}

/** The PostgresCredential of the Secret, or of the Secret that it follows as a copy. */
type ReadCredential =
  | { readonly kind: 'read'; readonly credential: ServerCredential | undefined }
  | { readonly kind: 'unknown'; readonly why: string };

async function readCredential(cluster: Cluster, ref: SecretRef, secret: Secret): Promise<ReadCredential> {
  return await attempt<ReadCredential>(
    async () => ({
      kind: 'read',
      credential:
        restarting(credentialsOfSecret(await readCredentialStore(cluster, ref.namespace), ref)) ??
        (await readSourceCredential(cluster, secret)),
    }),
    (why) => ({ kind: 'unknown', why }),
  );
}

/** The consumers restart if one of the logins asks for it. */
const restarting = (all: readonly ServerCredential[]): ServerCredential | undefined =>
  all.find(({ spec }) => spec.consumers.restart) ?? all[0];

/** Without the right to read the Secret, its readers are still known. Throws LockstepError. */
async function readState(
  cluster: Cluster,
  ref: SecretRef,
): Promise<{ readonly secret?: Secret; readonly state: SecretState }> {
  try {
    const stored = await readSecret(cluster, ref);
    if (stored === undefined) return { state: { kind: 'absent' } };
    const { secret } = stored;
    return { secret, state: { kind: 'read', keys: [...secret.data.keys()].sort() } };
  } catch (error) {
    // An unreachable API server ends the command.
    if (!(error instanceof LockstepError) || error.code !== 'LOCKSTEP_CLUSTER_REFUSED') throw error;
    return { state: { kind: 'unread', why: error.problem } };
  }
}

/** Whether the policies or a PostgresCredential let lockstep restart the consumers of the Secret. */
async function readMayRestart(
  cluster: Cluster,
  { namespace }: SecretRef,
  secret: Secret,
  login: ReadCredential,
  lockstepNamespace: string,
  shell: Pick<Shell, 'root' | 'stderr' | 'cpu'>,
): Promise<MayRestart> {
  return await attempt<MayRestart>(
    async () => {
      const { policies, labelsOf, context } = await readPolicySnapshot(
        cluster,
        { namespace, lockstepNamespace },
        shell,
      );
      const permissions = permissionsFor(secret, labelsOf(namespace), policies, context);
      const policy = permissions.matched.find(({ restart }) => restart);
      if (permissions.mayRestart && policy !== undefined)
        return { kind: 'yes', because: `policy ${policy.name} has restart: true` };
      if (login.kind === 'unknown') return login;
      if (login.credential !== undefined) {
        const { spec, name } = login.credential;
        const { restart } = spec.consumers;
        const field = `${serverKindOf(spec.keys).object} ${name} has consumers.restart: ${restart}`;
        return restart ? { kind: 'yes', because: field } : { kind: 'no', why: field };
      }
      return policy === undefined ? { kind: 'no' } : { kind: 'no', why: reportsOnly(context.maxAction) };
    },
    (why) => ({ kind: 'unknown', why }),
  );
}

/** A missing right is no failure. */
async function attempt<Fact>(read: () => Promise<Fact>, otherwise: (problem: string) => Fact): Promise<Fact> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    return otherwise(error.problem);
  }
}
