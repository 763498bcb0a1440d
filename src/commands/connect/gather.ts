import { secretNameIn } from '../../controllers/credential/store.ts';
import { CREDENTIAL_KINDS, type CredentialResource } from '../../engine/login/credential-schema/compile.ts';
import { caInSecret } from '../../engine/login/in-secret/ca-in-secret.ts';
import { hostFromNamespace } from '../../engine/login/in-secret/login-in-secret.ts';
import type { LoginReading } from '../../engine/login/new-credential/chosen-login.ts';
import { consumersOf } from '../../engine/login/new-credential/consumers.ts';
import type { NamedServer, StatedLogin } from '../../engine/login/new-credential/named-server.ts';
import type { ScaffoldFacts } from '../../engine/login/new-credential/scaffold.ts';
import {
  answerFaults,
  answerNotes,
  isUsableAdmin,
  type ServerAnswer,
} from '../../engine/login/new-credential/server-answer.ts';
import { strategyFor } from '../../engine/login/new-credential/strategy.ts';
import { tlsFor } from '../../engine/login/new-credential/tls.ts';
import { loginOutcome } from '../../engine/login/result/login-finding.ts';
import type { ServerTarget } from '../../engine/login/server/target.ts';
import { serverKindOf } from '../../engine/login/server-kinds/kinds.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import type { EngineContext } from '../../engine/review/evaluation/decision.ts';
import { reportsOnly } from '../../engine/review/own-writes/permissions.ts';
import { otherManagerOf } from '../../engine/secret/other-managers.ts';
import { ownerOf } from '../../engine/secret/owners.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { hasActiveController } from '../../kube/client/lease.ts';
import { readCredentials } from '../../kube/objects/credentials.ts';
import { readWorkloads } from '../../kube/objects/workloads.ts';
import { readApiGroups } from '../../kube/references/api-groups.ts';
import type { Shell } from '../cli/shell.ts';
import { askServer } from '../login-attempts/ask-server.ts';
import { readPolicySnapshot } from '../secret-session/policy-snapshot.ts';
import { findCopies } from './find-copies.ts';
import { type FoundAdmin, findServer } from './find-server.ts';
import { Gaps } from './gaps.ts';

export interface GatherOptions {
  readonly lockstepNamespace: string;
  readonly adminSecret?: string;
  readonly connect?: boolean;
  /** In milliseconds. */
  readonly connectTimeout: number;
}

/** lockstep in this cluster, as far as the Secret concerns it. */
export interface Installation {
  readonly context: EngineContext | undefined;
  readonly policies: readonly Policy[];
  /** The credentials of the namespace. */
  readonly credentials: readonly (Pick<CredentialResource, 'kind' | 'name'> & {
    readonly namesSecret: boolean;
  })[];
  readonly missing: readonly string[];
  readonly gaps: Gaps;
}

export async function gatherInstallation(
  { namespace, name }: SecretRef,
  cluster: Cluster,
  { lockstepNamespace }: GatherOptions,
  shell: Pick<Shell, 'root' | 'stderr' | 'cpu'>,
): Promise<Installation> {
  const gaps = new Gaps();
  const snapshot = await gaps.fact(() =>
    readPolicySnapshot(cluster, { namespace, lockstepNamespace }, shell),
  );
  const stored = await gaps.fact(() =>
    Promise.all(CREDENTIAL_KINDS.map((kind) => readCredentials(cluster, namespace, kind))),
  );
  const isInstalled = (await readApiGroups(cluster))?.has('lockstep.dev') !== false;
  const isLed = await gaps.fact(() => hasActiveController(cluster, lockstepNamespace));
  const { maxAction = 'Enforce' } = snapshot?.context ?? {};
  return {
    context: snapshot?.context,
    policies: snapshot?.policies ?? [],
    credentials: (stored ?? []).flat().map((one) => ({
      kind: one.kind,
      name: one.name,
      namesSecret: secretNameIn(one.document) === name,
    })),
    missing: [
      ...(isInstalled ? [] : ['the cluster does not know the kinds of lockstep: install lockstep']),
      ...(isInstalled && isLed === false ? [`no controller leads in ${lockstepNamespace}: start one`] : []),
      ...(maxAction === 'Enforce' ? [] : [reportsOnly(maxAction)]),
    ],
    gaps,
  };
}

export interface GatheredScaffold {
  readonly facts: ScaffoldFacts;
  /** --connect got no answer that says anything about the login. */
  readonly isUnanswered: boolean;
}

/** Gathers all that the credential needs. A part that this user may not read is a note. */
export async function gatherScaffold(
  secret: Secret,
  login: LoginReading,
  { policies, credentials, missing: missingParts, gaps }: Installation,
  cluster: Cluster,
  options: GatherOptions,
): Promise<GatheredScaffold> {
  const { namespace, name } = secret;
  const { stated: usable } = login;
  const { system } = login.keys;
  const found = await findServer(secret, login, cluster, options.adminSecret, gaps);
  const { server, workload } = found;
  const asksServer = options.connect === true && login.isRoleKnown;
  const answer =
    asksServer && usable !== undefined && server !== undefined
      ? await ask(secret, { ...server, system }, usable, found.admin, options)
      : undefined;
  const admin = isUsableAdmin(answer) ? found.admin : undefined;
  const tls = tlsFor(secret, usable?.tls ?? 'prefer', answer?.offersTls, system);
  const workloads = await gaps.fact(() => readWorkloads(cluster, namespace));
  const consumers = consumersOf(secret, login.keys, workloads, workload);
  const sought = usable && {
    ...usable.credential,
    place: { namespace, name },
    server: login.isRoleKnown ? server : undefined,
  };
  // A login of Redis has no copies.
  const others =
    system === undefined && sought ? await findCopies(sought, policies, cluster, gaps) : undefined;
  const manager = otherManagerOf(secret);
  const strategy = strategyFor({
    hasAdmin: admin !== undefined,
    adminRights: answer?.admin === 'refused' ? undefined : answer?.admin,
    role: answer?.role,
    withoutUser: consumers.withoutUser,
    writer: manager?.kind === 'external-store' ? ownerOf(secret) : undefined,
  });
  const facts: ScaffoldFacts = {
    place: { namespace, name },
    takenNames: credentials.flatMap(({ kind, name }) =>
      kind === serverKindOf(login.keys).object ? name : [],
    ),
    keys: { ...login.held, system },
    server,
    tls: server === undefined ? undefined : tls.tls,
    adminSecretName: admin?.secretName,
    strategy: system === undefined ? strategy : undefined,
    consumers,
    copies: others?.copies ?? [],
    missing: [
      ...login.faults,
      ...databaseFaults(usable),
      ...found.missing,
      ...tls.missing,
      ...answerFaults(answer, admin !== undefined),
      ...missingParts,
    ],
    notes: [
      ...(manager === undefined ? [] : [`${manager.sentence}.`]),
      ...(usable?.databaseIn === 'nowhere' ? [DATABASE_OF_ROLE] : []),
      ...answerNotes(answer),
      ...found.notes,
      ...consumers.notes,
      ...(found.admin === undefined && options.adminSecret === undefined ? (others?.admins ?? []) : []).map(
        (name) => `Secret ${name} may hold an administrator of the server: --admin-secret ${name} uses it.`,
      ),
      ...gaps.notes,
    ],
  };
  return {
    facts,
    isUnanswered: answer !== undefined && loginOutcome(answer.result, system).kind === 'untried',
  };
}

const DATABASE_OF_ROLE = 'The Secret names no database, so the login uses the one with the name of the role.';

/** The controller reads the database from a key, or from a URL with the login. */
const databaseFaults = (stated: StatedLogin | undefined): readonly string[] =>
  typeof stated?.databaseIn === 'object' && stated.database !== stated.credential.role
    ? [
        `the name of the database is only inside of ${stated.databaseIn.url}: add it to the Secret as POSTGRES_DB`,
      ]
    : [];

function ask(
  secret: Secret,
  { host, port, system }: NamedServer & Pick<ServerTarget, 'system'>,
  { credential, database, tls: mode }: StatedLogin,
  admin: FoundAdmin | undefined,
  { connectTimeout: timeout }: GatherOptions,
): Promise<ServerAnswer> {
  const resolved = hostFromNamespace(secret.namespace, host);
  const ca = caInSecret(secret);
  const tls = { mode, ...(resolved !== host && { name: host }), ...('ca' in ca && { ca: ca.ca }) };
  const target = { ...(system && { system }), host: resolved, port, database, tls };
  return askServer({ credential, target, admin: admin?.credential, timeout });
}
