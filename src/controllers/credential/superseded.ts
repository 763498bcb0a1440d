import { strategyOf } from '../../engine/credential/change/phases.ts';
import { isSuperseded } from '../../engine/credential/change/superseded.ts';
import { isSameCredential } from '../../engine/record/credential.ts';
import type { LoginChange, Phase } from '../../engine/record/login-record.ts';
import { type CredentialNeeds, type ReconcileInput, withRoleServer } from './reconcile-input.ts';
import { wasReverted } from './retire.ts';
import type { StepOutcome } from './step-outcome.ts';

/**
 * A change can be given up in these: what the server has is known. From `apply` to `verify`, and on the way back, it is found out first; `finalize` takes a
 * moment and leaves one login.
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

/** Somebody's edit of the login ends the change that is under way, before anybody is restarted with what the server does not have. */
export async function superseded(
  input: ReconcileInput,
  change: LoginChange,
  needs: CredentialNeeds,
): Promise<StepOutcome | undefined> {
  const { phase, from } = change;
  if (!ABORTABLE_PHASES.has(phase) || !isSuperseded(input.secretCredential, change)) return undefined;
  const isAlternating = strategyOf(change) === 'AlternatingUsers';
  const isRollingOut = phase === 'rollout' || phase === 'drain';
  if (isAlternating && isRollingOut && isSameCredential(from, input.secretCredential))
    return wasReverted(input, from);
  if (!isAlternating || phase !== 'drain') return { kind: 'overtaken' };
  return { kind: 'overtaken', readers: (await hasSessions(input, change, needs)) ? 'from' : 'to' };
}

/** A reader that still works with the login from before keeps it: then the password of the new one is changed. */
async function hasSessions(
  input: ReconcileInput,
  { from, to }: LoginChange,
  needs: CredentialNeeds,
): Promise<boolean> {
  if (from === undefined) return false;
  const end = await withRoleServer(input, [to], (server) => server.role(from.role), needs);
  return end.kind !== 'did' || (end.result?.sessions ?? 0) > 0;
}
