import { isOverlapping } from '../../engine/login/change/phases.ts';
import { foreignRoleReason } from '../../engine/login/postgres/alternate-role.ts';
import type { KnownAlternate, RoleFacts } from '../../engine/login/postgres/role-server.ts';
import type { LoginChange } from '../../engine/secret/record/login-record.ts';
import { checkAllowedRoles, connectFailed } from '../credential/open-server.ts';
import { loginLabelsOf, loginRecordOf, type ReconcileInput } from '../credential/reconcile-input.ts';
import { DONE, refused, type StepOutcome } from '../credential/step-outcome.ts';
import type { Deps } from '../reconciler-deps.ts';
import { knownAlternate, openSessionsRefusal, withRoleServer } from './role-session.ts';

/** Checks whether the server lets the role get another password, or a second role take over. */
export async function preflight(
  input: ReconcileInput,
  change: LoginChange,
  deps: Deps<'databases' | 'credentials' | 'clock' | 'emit'>,
): Promise<StepOutcome> {
  const { from, to } = change;
  const isAlternating = isOverlapping(change);
  const { owner } = loginRecordOf(input);
  const refusal = await checkAllowedRoles(input, isAlternating ? [owner, to.role] : [to.role], change, deps);
  if (refusal !== undefined) return refusal;
  const end = await withRoleServer(input, [from, to], (server) => server.role(to.role), deps);
  if (end.kind !== 'did') return connectFailed(end);
  const obstacle = isAlternating
    ? alternateUserRefusal(end.result, owner, change, knownAlternate(input, change))
    : singleUserRefusal(end.result, loginLabelsOf(input).roleLabel(to.role), deps.clock.now());
  return obstacle ?? DONE;
}

function singleUserRefusal(role: RoleFacts | undefined, name: string, now: Date): StepOutcome | undefined {
  if (role === undefined) return refused(`there is no ${name} on the server`);
  if (!role.mayAlter) return refused(`the role of adminSecretName may not change the password of ${name}`);
  if (!role.mayLogin) return refused(`${name} has NOLOGIN: no password opens the server`);
  if (role.validUntil !== undefined && role.validUntil <= now)
    return refused(`the password of ${name} has run out (VALID UNTIL): no password opens the server`);
  return undefined;
}

function alternateUserRefusal(
  role: RoleFacts | undefined,
  owner: string,
  change: LoginChange,
  expected: KnownAlternate,
): StepOutcome | undefined {
  const alternate = change.to.role;
  if (role === undefined) return undefined;
  const reason = alternate === owner ? undefined : foreignRoleReason(role, { owner, alternate }, expected);
  if (reason !== undefined) return refused(reason);
  if (!role.mayAlter)
    return refused(`the role of adminSecretName may not change the password of ${alternate}`);
  return openSessionsRefusal(role, change);
}
