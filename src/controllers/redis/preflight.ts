import { knownCredentials } from '../../engine/login/change/known-credentials.ts';
import type { RedisFacts, UserFacts, UserServer } from '../../engine/login/redis/user-server.ts';
import type { LoginChange } from '../../engine/secret/record/login-record.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { checkAllowedRoles, connectFailed, withServer } from '../credential/open-server.ts';
import { loginLabelsOf, type ReconcileInput } from '../credential/reconcile-input.ts';
import { DONE, refused, type StepOutcome } from '../credential/step-outcome.ts';
import type { Deps } from '../reconciler-deps.ts';

/** Checks whether the server lets the user get a second password, and whether a password would be another manager's. */
export async function preflight(
  input: ReconcileInput,
  change: LoginChange,
  deps: Deps<'redis' | 'credentials' | 'emit'>,
): Promise<StepOutcome> {
  const { from, to } = change;
  const refusal = await checkAllowedRoles(input, [to.role], change, deps);
  if (refusal !== undefined) return refusal;
  const check = (server: UserServer) => obstacle(server, input, change);
  const end = await withServer(input, [from, to], deps.redis.openServer, check, deps);
  if (end.kind !== 'did') return connectFailed(end);
  return end.result === undefined ? DONE : refused(end.result);
}

/** A sentence. Undefined if there is no obstacle. */
async function obstacle(
  server: UserServer,
  input: ReconcileInput,
  change: LoginChange,
): Promise<string | undefined> {
  const { from, to } = change;
  const name = loginLabelsOf(input).roleLabel(to.role);
  const isOneOfSeveral = severalServers(await server.facts());
  if (isOneOfSeveral !== undefined) return isOneOfSeveral;
  const own = from?.role === to.role ? [from.password] : [];
  const user = await server.user(to.role, [to.password, ...own, ...knownPasswords(input, change)]);
  // Without `from` no known password opens the server, so the user has one that is not known.
  const fault = userObstacle(user, name, from === undefined ? 1 : 0);
  if (fault !== undefined) return fault;
  // A password that the user has already shows whether this login may set one.
  if (own[0] !== undefined && typeof user === 'object' && user.has[1] === true)
    await server.changePasswords(to.role, { keep: own[0], remove: [] });
  return (await server.save()) === 'foreign-file'
    ? 'the server can not write its ACL file, so another manager owns its users'
    : undefined;
}

/** The reason why lockstep does not change a user that has more than `unknown` passwords of others: a sentence. */
export function userObstacle(
  user: UserFacts | 'hidden' | undefined,
  name: string,
  unknown: number,
): string | undefined {
  if (user === 'hidden')
    return `the login may not see ${name} (ACL GETUSER): name an administrator that may under spec.adminSecretName`;
  if (user === undefined) return `there is no ${name} on the server`;
  if (!user.isOn) return `${name} is off: no password opens the server`;
  if (user.isOpen) return `${name} needs no password (nopass); give it one with ACL SETUSER`;
  if (!user.has.includes(true) && user.others === 0) return `${name} has no password on the server`;
  return user.others > unknown
    ? `${name} has a password that lockstep does not know: another manager may have set it, so remove it or leave the user to that manager`
    : undefined;
}

/** The reason why lockstep does not change a server that is one of several: a sentence. */
export function severalServers({ mode, isReplica, replicas = 0 }: RedisFacts): string | undefined {
  if (mode === 'cluster')
    return 'the server is a node of a cluster, whose nodes have users of their own: lockstep does not change them yet';
  if (isReplica) return 'the server is a replica, which copies no users: name the host of its primary';
  return replicas > 0
    ? 'the server has replicas, to which Redis copies no users: lockstep does not change them yet'
    : undefined;
}

/** The passwords of that user in the record, without those of the change. An abandoned change has left one of them. */
export function knownPasswords(input: ReconcileInput, { from, to }: LoginChange): readonly Sensitive[] {
  const { spec } = input.credential;
  return knownCredentials(input.session.record(), spec, to)
    .filter(({ role, password }) => role === to.role && !(from?.password.equals(password) ?? false))
    .map(({ password }) => password);
}
