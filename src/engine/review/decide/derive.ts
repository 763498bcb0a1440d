import { MAX_SECRET_BYTES } from '../../secret/secret.ts';
import { derivationPlan } from '../derivation/derivation-plan.ts';
import type { DerivationWrite } from '../derivation/plan.ts';
import type { BudgetedContext } from '../evaluation/budget.ts';
import type { Change } from '../evaluation/decision.ts';
import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';
import { type KeyStep, type Mutation, writeKeys } from './step.ts';

/** Step 4: computes the derived keys that `mayWrite` admits, each after its base keys. */
export function derive(
  evaluation: Evaluation,
  mayWrite: (managedKey: ManagedKey, evaluation: Evaluation) => boolean,
  context: BudgetedContext,
): Mutation {
  const step: KeyStep = (current, managedKey) =>
    mayWrite(managedKey, current) ? deriveKey(current, managedKey) : undefined;
  return writeKeys(evaluation, evaluation.plan.derivedInOrder, context, withinSizeLimit(evaluation, step));
}

function deriveKey(evaluation: Evaluation, managedKey: ManagedKey): Change | undefined {
  const plan = derivationPlan(evaluation, managedKey);
  if (plan.kind !== 'write') return undefined;
  const { reason, value, bases } = plan;
  const { key } = managedKey;
  const effect = effectOf(plan);
  return { key, reason, value, effect, warning: warningOf(effect, plan, evaluation.data.has(key)), bases };
}

/**
 * The API server refuses a Secret beyond its size limit, whatever else is written. Without this limit, a chain of a
 * thousand keys would be a thousand times its value.
 */
function withinSizeLimit({ data }: Evaluation, step: KeyStep): KeyStep {
  let size = 0;
  for (const value of data.values()) size += value.size;
  return (evaluation, managedKey, context) => {
    const change = size > MAX_SECRET_BYTES ? undefined : step(evaluation, managedKey, context);
    if (change !== undefined) size += change.value.size - (evaluation.data.get(change.key)?.size ?? 0);
    return change;
  };
}

/** Names the parts that differed and the keys that they follow, never their values. */
function effectOf({ reason, parts, bases, defaults = [] }: DerivationWrite): string {
  const follows = bases.join(', ');
  switch (reason) {
    case 'derived':
      return `derived from ${follows || 'its template'}`;
    case 'invalid-uri':
      if (parts.length === 1 && parts[0] === 'scheme')
        return 'its scheme is now in lower case, because drivers read no other';
      return parts.length > 0 ? gotDefault(parts) : `was no usable URL, and was derived from ${follows}`;
    case 'unescaped-uri':
      return `${parts.join(', ')} was not percent-encoded, and now is`;
    case 'mismatch': {
      const what = parts.length === 0 ? 'it' : parts.join(', ');
      const text = `${what} now ${parts.length > 1 ? 'follow' : 'follows'} ${follows}`;
      return defaults.length === 0 ? text : `${text}, and it ${gotDefault(defaults)}`;
    }
  }
}

const gotDefault = (parts: readonly string[]): string =>
  `had no usable ${parts.join(', ')}, and got that of the policy`;

function warningOf(effect: string, { reason, lost }: DerivationWrite, isPresent: boolean): string {
  if (reason === 'derived') return `${isPresent ? 'was empty' : 'was missing, and was added'}: ${effect}`;
  const text = `${effect} [lockstep/${reason}]`;
  if (lost === undefined) return text;
  return lost.isTyped
    ? `${text}: the password typed into it was not kept, change ${lost.base} instead`
    : `${text}: the password in it, neither the earlier nor the new ${lost.base}, was replaced`;
}
