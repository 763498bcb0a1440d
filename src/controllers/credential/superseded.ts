import { isOverlapping } from '../../engine/credential/change/phases.ts';
import { isSuperseded } from '../../engine/credential/change/superseded.ts';
import { isSameCredential } from '../../engine/record/credential.ts';
import type { LoginChange, Phase } from '../../engine/record/login-record.ts';
import type { ReconcileInput } from './reconcile-input.ts';
import { wasReverted } from './retire.ts';
import type { StepOutcome } from './step-outcome.ts';

/**
 * In these phases a change can be aborted, because the password on the server is known. From `apply` to `verify`, and
 * during rollback, the next steps find it out first. `finalize` is short and leaves one login.
 */
const ABORTABLE_PHASES: ReadonlySet<Phase> = new Set([
  'preflight',
  'publish',
  'rollout',
  'drain',
  'rollback-publish',
  'rollback-rollout',
  'rollback-drain',
]);

/**
 * An edit of the login ends the change in progress, before a consumer restarts with a login that the server does not
 * have.
 */
export async function superseded(
  input: ReconcileInput,
  change: LoginChange,
): Promise<StepOutcome | undefined> {
  const { phase, from } = change;
  if (!ABORTABLE_PHASES.has(phase) || !isSuperseded(input.secretCredential, change)) return undefined;
  const overlaps = isOverlapping(change);
  const isRollingOut = phase === 'rollout' || phase === 'drain';
  if (overlaps && isRollingOut && isSameCredential(from, input.secretCredential))
    return wasReverted(input, from);
  if (!overlaps || phase !== 'drain') return { kind: 'overtaken' };
  return { kind: 'overtaken', readers: (await hasSessions(input, change)) ? 'from' : 'to' };
}

/** A consumer that still works with the earlier login keeps it. Then the password of the new login changes. */
async function hasSessions(input: ReconcileInput, { from, to }: LoginChange): Promise<boolean> {
  if (from === undefined) return false;
  const end = await input.server.sessions(input, from.role, to);
  return end.kind !== 'did' || (end.result ?? 0) > 0;
}
