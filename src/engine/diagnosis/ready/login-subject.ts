import { editConsentOf } from '../../login/change/edit-consent.ts';
import { newPassword } from '../../login/change/new-password.ts';
import { publicationEdit } from '../../login/change/publish.ts';
import type { ServerCredential } from '../../login/credential-schema/compile.ts';
import {
  type FoundLogin,
  findLogin,
  findRedisLogin,
  type LoginKeys,
  loginUnder,
} from '../../login/in-secret/login-keys.ts';
import { type LoginReading, loginRefusal, readLogin } from '../../login/new-credential/chosen-login.ts';
import { canonicalHost } from '../../login/new-credential/named-server.ts';
import { refusalOf } from '../../login/new-credential/refusal.ts';
import { defaultPort } from '../../login/new-credential/scaffold.ts';
import type { Tls } from '../../login/server/target.ts';
import { serverKindOf } from '../../login/server-kinds/kinds.ts';
import type { EngineContext } from '../../review/evaluation/decision.ts';
import { type Permissions, storedEvaluation } from '../../review/own-writes/permissions.ts';
import type { FieldOwner } from '../../secret/kubernetes/field-owners.ts';
import { type OtherManager, otherManagerOf } from '../../secret/other-managers.ts';
import { ownerOf } from '../../secret/owners.ts';
import type { Credential } from '../../secret/record/credential.ts';
import type { Secret } from '../../secret/secret.ts';
import { gitObstacle } from './git-obstacle.ts';
import { printableRole } from './printable-role.ts';
import type { Obstacle } from './readiness.ts';

/** One login of the cluster, as its Secret states it. It holds the password, and nothing else of the values. */
export interface LoginSubject extends Pick<LoginKeys, 'system'> {
  readonly place: { readonly namespace: string; readonly name: string };
  /** The facts that a restart of the consumers depends on. */
  readonly secret: Pick<Secret, 'name' | 'immutable' | 'annotations'>;
  readonly keys: { readonly user: string; readonly password: string };
  /** Undefined if the Secret lacks a part of it. */
  readonly credential: Credential | undefined;
  /** Undefined if the value under the key of the user may be no role. */
  readonly role: string | undefined;
  readonly server: { readonly host: string; readonly port: number } | undefined;
  /** The name of the PostgresCredential. */
  readonly managedBy: string | undefined;
  /** A policy lets the controller restart the consumers. */
  readonly mayRestart: boolean;
  /** The keys that get another value by a change of the password. */
  readonly changing: readonly string[];
  readonly database: string | undefined;
  readonly tls: Tls['mode'];
  readonly otherManager: OtherManager | undefined;
  /** `ExternalSecret/app`, or the name of the tool that writes the Secret. */
  readonly managerName: string | undefined;
  /** The last write of the values: the password is at least as old. */
  readonly written: Date;
  /** Those that the Secret alone shows. */
  readonly obstacles: readonly Obstacle[];
}

export interface WrittenLoginSecret {
  readonly secret: Secret;
  readonly owners: readonly FieldOwner[];
  readonly written: { readonly time: Date };
}

export interface SubjectNeeds extends Pick<LoginKeys, 'system'> {
  readonly permissions: Permissions;
  /** The credential of that kind that names the Secret. */
  readonly credential: ServerCredential | undefined;
  /** The reason why a PostgresCredential that names the Secret can't be used: a sentence. */
  readonly unusable: string | undefined;
  readonly context: EngineContext;
}

/** The logins of one kind of server in a Secret. */
export function loginSubjects(stored: WrittenLoginSecret, needs: SubjectNeeds): readonly LoginSubject[] {
  const { secret } = stored;
  const { credential, system } = needs;
  const read = (login: FoundLogin): LoginReading | undefined =>
    readLogin(secret, login, needs.permissions.matched);
  const found: FoundLogin =
    credential === undefined
      ? system === 'redis'
        ? findRedisLogin(secret)
        : findLogin(secret)
      : { kind: 'login', keys: loginUnder(secret, credential.spec.keys) };
  switch (found.kind) {
    case 'none':
    case 'other-system':
      return [];
    case 'several':
      return found.choices.map((keys) =>
        subjectOf(stored, read({ kind: 'login', keys }), needs, severalObstacle(found)),
      );
    default:
      return [subjectOf(stored, read(found), needs, [])];
  }
}

const severalObstacle = (found: FoundLogin): readonly Obstacle[] => [
  refused(`the Secret: ${loginRefusal(found)}`),
];

const refused = (reason: string): Obstacle => ({ code: 'refused', effect: 'does-not-begin', reason });

function subjectOf(
  { secret, owners, written }: WrittenLoginSecret,
  login: LoginReading | undefined,
  needs: SubjectNeeds,
  more: readonly Obstacle[],
): LoginSubject {
  const { permissions, credential: managing } = needs;
  const keys = login?.keys ?? NO_KEYS;
  const { system } = needs;
  const usable = login?.stated;
  const credential = login?.isRoleKnown === true ? usable?.credential : undefined;
  const server =
    managing?.spec.server.host === undefined
      ? usable?.server
      : serverIn(managing.spec.server, defaultPort({ system }));
  const git = gitObstacle(secret, owners, keys.password, editConsentOf(permissions, keys, []).keepsPassword);
  return {
    ...(system && { system }),
    place: { namespace: secret.namespace, name: secret.name },
    secret: { name: secret.name, immutable: secret.immutable, annotations: restartMarks(secret) },
    keys: { user: keys.user, password: keys.password },
    credential,
    role: credential && printableRole(credential.role, login?.completed ?? secret, keys),
    server: server === undefined || 'fault' in server ? undefined : server,
    managedBy: managing?.name,
    mayRestart: permissions.mayRestart,
    changing: changingKeys(keys, credential, needs),
    database: usable?.database,
    tls: usable?.tls ?? 'prefer',
    otherManager: otherManagerOf(secret),
    managerName: ownerOf(secret),
    written: written.time,
    obstacles: [
      ...more,
      ...(managing === undefined ? unmanagedObstacles(secret, login, needs) : []),
      ...(git === undefined ? [] : [git]),
    ],
  };
}

const NO_KEYS: LoginKeys = { user: '', password: '', database: undefined };

const serverIn = ({ host = '', port }: ServerCredential['spec']['server'], usualPort: number) => ({
  host,
  port: port ?? usualPort,
});

/** Annotations may be large, and only those of Reloader decide. */
const restartMarks = ({ annotations }: Secret): ReadonlyMap<string, string> =>
  new Map([...annotations].filter(([name]) => name.includes('reloader')));

/** A credential that is made now would have these. */
function unmanagedObstacles(
  secret: Secret,
  login: LoginReading | undefined,
  { context, unusable, system }: SubjectNeeds,
): readonly Obstacle[] {
  const refusal = refusalOf(secret, context, undefined);
  const manager = otherManagerOf(secret);
  const reasons = [
    ...(refusal === undefined ? [] : [`the Secret: ${refusal}`]),
    ...(manager?.kind === 'external-store' ? [manager.sentence] : []),
    ...(login?.faults ?? []),
    ...(unusable === undefined ? [] : [unusable]),
  ];
  const next: Obstacle = {
    code: 'no-credential',
    effect: 'does-not-begin',
    reason: `needs a ${serverKindOf({ system }).object}: lockstep connect ${secret.namespace}/${secret.name}`,
  };
  // A refused Secret can't have one.
  return [...reasons.map(refused), ...(refusal === undefined && unusable === undefined ? [next] : [])];
}

/**
 * The keys of the Secret that would change, without the validation by the policies: that takes milliseconds for each
 * Secret. The prediction of a PostgresCredential has it.
 */
function changingKeys(
  keys: LoginKeys,
  from: Credential | undefined,
  { permissions, credential, context }: SubjectNeeds,
): readonly string[] {
  if (from === undefined) return [keys.password];
  const { user, password } = keys;
  const to = { role: from.role, password: newPassword(permissions, password, context) };
  const publication = {
    keys: { user, password, system: keys.system },
    to,
    from: [from],
    restored: undefined,
    forced: true,
  };
  const edit = publicationEdit(permissions, publication, context);
  const derived = [...storedEvaluation(permissions).managedKeys.values()].filter(
    ({ entry }) => entry.derive !== undefined,
  );
  const follows = credential?.spec.strategy === 'AlternatingUsers' ? [user] : [];
  return [...new Set([...edit.set.keys(), ...derived.map(({ key }) => key), ...follows])];
}

/** The same host and port for each spelling of one Service. */
export const serverText = (
  { host, port }: { readonly host: string; readonly port: number },
  namespace: string,
): string => `${canonicalHost(host, namespace)}:${port}`;
