import type { ServerCredential } from '../../engine/login/credential-schema/compile.ts';
import { caInSecret } from '../../engine/login/in-secret/ca-in-secret.ts';
import { authRule } from '../../engine/login/server/accepted-auth.ts';
import { activeTarget, serverIdentityOf } from '../../engine/login/server/proven-server.ts';
import type { ServerTarget } from '../../engine/login/server/target.ts';
import { serverKindOf } from '../../engine/login/server-kinds/kinds.ts';
import { pairOf } from '../../engine/login/server-kinds/login-roles.ts';
import type { ServerKind } from '../../engine/login/server-kinds/server-kind.ts';
import { type NotReadyCondition, notReadyCondition } from '../../engine/login/status/conditions.ts';
import { isExempt } from '../../engine/policy/match/match.ts';
import { type Permissions, reportsOnly } from '../../engine/review/own-writes/permissions.ts';
import { copyReasonOf, otherManagerOf } from '../../engine/secret/other-managers.ts';
import type { RecordLookup } from '../../engine/secret/record/record-lookup.ts';
import type { Deps } from '../reconciler-deps.ts';
import type { SecretSession } from '../secret-session/open.ts';
import type { LoginServer } from './login-server.ts';
import type { ReconcileInput } from './reconcile-input.ts';

/** The reason why a Secret is not reconciled as a login, whatever it holds. */
export function blockingCondition(
  { request }: Permissions,
  { kind }: RecordLookup,
  { context }: Deps<'context'>,
): NotReadyCondition | undefined {
  if (isExempt(request, context))
    return notReadyCondition('Excluded', 'Secrets of that namespace or type are never touched');
  if (context.maxAction !== 'Enforce') return notReadyCondition('NotAllowed', reportsOnly(context.maxAction));
  if (kind === 'unreadable')
    return notReadyCondition(
      'RecordUnreadable',
      'the record of the Secret can not be read: an Event on the Secret says why',
    );
  return undefined;
}

/** Gathers the input of a reconcile, with a record that exists. Writes nothing. */
export async function gatherInput(
  credential: ServerCredential,
  session: SecretSession,
  server: LoginServer<ReconcileInput>,
  deps: Deps<'secrets'>,
): Promise<ReconcileInput | NotReadyCondition> {
  const { observed, permissions } = session;
  const { secret } = observed;
  const { spec, namespace } = credential;
  const kind = serverKindOf(spec.keys);
  const copyReason = copyReasonOf(secret);
  if (secret.immutable && copyReason === undefined)
    return notReadyCondition('NotAllowed', 'the Secret is immutable: delete it, and create a mutable one');
  const otherManager = otherManagerOf(secret);
  // A change that is in progress is completed.
  if (otherManager?.kind === 'conflict' && session.record().login?.change === undefined)
    return notReadyCondition('ManagedByOther', otherManager.sentence);
  const parsed = kind.loginIn(secret, spec, permissions.matched);
  if ('fault' in parsed) return notReadyCondition('LoginIncomplete', parsed.fault);
  if (spec.adminSecretName !== undefined && spec.server.host === undefined) return SERVER_NOT_NAMED;
  // The author of a host in the ServerCredential may read the Secret and the administrator's login.
  const login = spec.server.host === undefined ? session.record().login : undefined;
  const targetWithCa = await withCa(activeTarget(parsed.target, login), credential, deps);
  if ('type' in targetWithCa) return targetWithCa;
  const target = { ...targetWithCa, auth: authRule(spec.server.auth, session.record().login) };
  const serverId = serverIdentityOf(target);
  const input = {
    credential,
    observed,
    permissions,
    session,
    target,
    server,
    serverId,
    copyReason,
    secretCredential: parsed.credential,
  };
  if (spec.adminSecretName === undefined) return { ...input, admin: undefined };
  const admin = await deps.secrets.readOther({ namespace, name: spec.adminSecretName });
  const adminSecretText = `Secret ${spec.adminSecretName}, which adminSecretName names`;
  if (admin === undefined)
    return notReadyCondition('ReferencedSecretNotFound', `there is no ${adminSecretText}`);
  const administrator = kind.administratorIn(admin.secret);
  if ('fault' in administrator)
    return notReadyCondition('ReferencedSecretNotFound', `of ${adminSecretText}: ${administrator.fault}`);
  if (isSameRole(administrator.role, input)) return adminIsSameAccount(kind);
  return { ...input, admin: { credential: administrator, target: kind.administratorTarget(target, spec) } };
}

/**
 * If the administrator were the same role, `adminSecretName` would hold an invalid password after the change. A change
 * that is in progress is completed.
 */
function isSameRole(
  role: string,
  {
    credential,
    session,
    secretCredential,
  }: Pick<ReconcileInput, 'credential' | 'session' | 'secretCredential'>,
): boolean {
  const { owner = secretCredential.role, change } = session.record().login ?? {};
  const managedRoles = [secretCredential.role, ...pairOf(credential.spec.strategy, owner)];
  return change === undefined && managedRoles.includes(role);
}

const adminIsSameAccount = ({ account }: Pick<ServerKind, 'account'>): NotReadyCondition =>
  notReadyCondition(
    'NotAllowed',
    `adminSecretName names the ${account} whose password changes: name another ${account}, or remove the field to let the ${account} change its own password`,
  );

const SERVER_NOT_NAMED = notReadyCondition(
  'NotAllowed',
  'the login of adminSecretName is never sent where the Secret says: name the server under spec.server.host',
);

async function withCa(
  target: ServerTarget,
  { namespace, spec }: ServerCredential,
  { secrets }: Deps<'secrets'>,
): Promise<ServerTarget | NotReadyCondition> {
  const name = spec.server.tls?.caSecretName;
  if (name === undefined) return target;
  const observed = await secrets.readOther({ namespace, name });
  const caSecretText = `Secret ${name}, which caSecretName names`;
  if (observed === undefined)
    return notReadyCondition('ReferencedSecretNotFound', `there is no ${caSecretText}`);
  const parsed = caInSecret(observed.secret);
  if ('fault' in parsed)
    return notReadyCondition('ReferencedSecretNotFound', `of ${caSecretText}: ${parsed.fault}`);
  return { ...target, tls: { ...target.tls, ca: parsed.ca } };
}
