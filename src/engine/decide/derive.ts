import type { BudgetedContext } from '../evaluation/budget.ts';
import type { Change } from '../evaluation/decision.ts';
import { type DerivationWrite, derivationPlan } from '../evaluation/derivation/derivation-plan.ts';
import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';
import { MAX_SECRET_BYTES } from '../secret/secret.ts';
import { type KeyStep, type Mutation, writeKeys } from './step.ts';

/** Step 4: computes the derived keys among these, each after its base keys. */
export function derive(
  evaluation: Evaluation,
  keys: Pick<ReadonlySet<ManagedKey>, 'has'>,
  context: BudgetedContext,
): Mutation {
  const ordered = evaluation.plan.derivedInOrder.filter((one) => keys.has(one));
  return writeKeys(evaluation, ordered, context, withinSizeLimit(evaluation, deriveKey));
}

function deriveKey(evaluation: Evaluation, managedKey: ManagedKey): Change | undefined {
  const plan = derivationPlan(evaluation, managedKey);
  if (plan.kind !== 'write') return undefined;
  const { reason, value, bases } = plan;
  return { key: managedKey.key, reason, value, warning: warningOf(plan), bases };
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
function warningOf({ reason, parts, bases, typed }: DerivationWrite): string | undefined {
  const follows = bases.join(', ');
  switch (reason) {
    case 'derived':
      return undefined;
    case 'invalid-uri':
      if (parts.length === 1 && parts[0] === 'scheme')
        return 'its scheme is now in lower case, because drivers read no other [lockstep/invalid-uri]';
      return parts.length > 0
        ? `had no usable ${parts.join(', ')}, and got that of the policy [lockstep/invalid-uri]`
        : `was no usable URL, and was derived from ${follows} [lockstep/invalid-uri]`;
    case 'unescaped-uri':
      return `${parts.join(', ')} was not percent-encoded, and now is [lockstep/unescaped-uri]`;
    case 'mismatch': {
      const what = parts.length === 0 ? 'it' : parts.join(', ');
      const text = `${what} now ${parts.length > 1 ? 'follow' : 'follows'} ${follows} [lockstep/mismatch]`;
      return typed === undefined
        ? text
        : `${text}: the password typed into it was not kept, change ${typed} instead`;
    }
  }
}
