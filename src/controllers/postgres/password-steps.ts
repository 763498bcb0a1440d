import { isOverlapping } from '../../engine/login/change/phases.ts';
import type { RoleServer } from '../../engine/login/postgres/role-server.ts';
import type { LoginChange } from '../../engine/secret/record/login-record.ts';
import { passwordSet } from '../credential/events.ts';
import { connectFailed } from '../credential/open-server.ts';
import { loginRecordOf, type ReconcileInput, stepIsCurrent } from '../credential/reconcile-input.ts';
import { DONE, failed, type StepOutcome, waitForSessions } from '../credential/step-outcome.ts';
import type { Deps } from '../reconciler-deps.ts';
import { alternateOid, knownAlternate, openSessionsRefusal, withRoleServer } from './role-session.ts';

type ChangeDeps = Deps<'databases' | 'credentials' | 'records' | 'emit'>;

/** Sets the password of the role, in one transaction that leaves its mark. */
export async function setPassword(
  input: ReconcileInput,
  change: LoginChange,
  deps: ChangeDeps,
): Promise<StepOutcome> {
  const { id, from, to } = change;
  const end = await withRoleServer(
    input,
    [from, to],
    async (server, by) => {
      // The role gets in with the new password, so the password is already set.
      if (by === to) return DONE;
      if (isOverlapping(change)) {
        const refusal = await prepareAlternate(input, change, server);
        if (refusal !== undefined) return refusal;
      }
      const role = await server.role(to.role);
      if (role?.mark !== id) {
        const isStepCurrent = stepIsCurrent(input, change, deps);
        await server.setPassword(to.role, to.password, id, isStepCurrent, alternateOid(input, to.role));
        deps.emit(passwordSet(input, change));
      }
      return DONE;
    },
    deps,
  );
  return end.kind === 'did' ? end.result : connectFailed(end);
}

async function prepareAlternate(
  input: ReconcileInput,
  change: LoginChange,
  server: RoleServer,
): Promise<StepOutcome | undefined> {
  const { to } = change;
  const { owner } = loginRecordOf(input);
  const role = await server.role(to.role);
  const refusal = role && openSessionsRefusal(role, change);
  if (refusal !== undefined) return refusal;
  if (to.role === owner) return undefined;
  const expected = knownAlternate(input, change);
  const oid = await server.makeAlternate(owner, to.role, expected);
  return oid === expected.oid ? undefined : { kind: 'made', alternate: { role: to.role, oid } };
}

/** A second role that lockstep did not make never got a password from it. */
const isManagedRole = (input: ReconcileInput, role: string): boolean =>
  role === loginRecordOf(input).owner || alternateOid(input, role) !== undefined;

/** With a single user, the role gets its earlier password. With alternating users, the new role loses its password. */
export async function undo(
  input: ReconcileInput,
  change: LoginChange,
  deps: ChangeDeps,
): Promise<StepOutcome> {
  const { from, to } = change;
  const isStepCurrent = stepIsCurrent(input, change, deps);
  const end = await withRoleServer(
    input,
    [to, from],
    async (server, by) => {
      const oid = alternateOid(input, to.role);
      if (isOverlapping(change)) {
        if (!isManagedRole(input, to.role) || (await server.role(to.role)) === undefined) return DONE;
        await server.setPassword(to.role, undefined, undefined, isStepCurrent, oid);
      } else {
        if (from === undefined || by === from) return DONE;
        await server.setPassword(from.role, from.password, undefined, isStepCurrent);
      }
      deps.emit(passwordSet(input, change));
      return DONE;
    },
    deps,
  );
  if (end.kind === 'did') return end.result;
  return end.kind === 'locked-out' ? failed(end.reason) : connectFailed(end);
}

/** Removes the mark. With alternating users, the role that is no longer in use loses its password. */
export async function retire(
  input: ReconcileInput,
  change: LoginChange,
  deps: ChangeDeps,
): Promise<StepOutcome> {
  const { from, to } = change;
  const isStepCurrent = stepIsCurrent(input, change, deps);
  const end = await withRoleServer(
    input,
    [to],
    async (server, by): Promise<StepOutcome> => {
      if (by !== 'admin') return DONE;
      if (from !== undefined && isOverlapping(change)) {
        const role = await server.role(from.role);
        if ((role?.sessions ?? 0) > 0) return waitForSessions(from.role, true);
        if (role !== undefined) {
          await server.setPassword(
            from.role,
            undefined,
            undefined,
            isStepCurrent,
            alternateOid(input, from.role),
          );
          deps.emit(passwordSet(input, change));
        }
      }
      await server.removeMark(to.role);
      return DONE;
    },
    deps,
  );
  if (end.kind === 'did') return end.result;
  // Only cleanup is left, so the change counts as done.
  return end.kind === 'locked-out' ? DONE : connectFailed(end);
}
