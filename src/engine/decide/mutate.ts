import type { BudgetedContext } from '../evaluation/budget.ts';
import type { Change, EngineContext } from '../evaluation/decision.ts';
import { inDependencyOrder } from '../evaluation/dependency-order.ts';
import { type DerivationWrite, derivationPlan } from '../evaluation/derivation-plan.ts';
import { Draft } from '../evaluation/draft.ts';
import { type Evaluation, isModified, type ManagedKey, reevaluate } from '../evaluation/evaluation.ts';
import { isExcepted } from '../evaluation/exceptions.ts';
import { generateValue } from '../evaluation/generate-value.ts';
import { inputArtifactOf } from '../evaluation/input-artifact.ts';
import { isRequired } from '../rules/required.ts';
import type { Annotation } from '../secret/kubernetes-names.ts';
import { isOwned } from '../secret/owners.ts';
import { MAX_SECRET_BYTES } from '../secret/secret.ts';

/** The value `true` on a new Secret asks lockstep to generate its missing values. */
export const GENERATE_ANNOTATION = 'lockstep.dev/generate' satisfies Annotation;

/**
 * The result of steps 2 to 4: the evaluation with lockstep's writes, and the written keys. `reevaluate` must run before
 * validation.
 */
export interface Mutation {
  readonly evaluation: Evaluation;
  readonly changes: readonly Change[];
}

export function mutateEvaluation(evaluation: Evaluation, context: BudgetedContext): Mutation {
  if (isReadOnly(evaluation, context)) return { evaluation, changes: [] };
  const normalised = normaliseAll(evaluation, context);
  const keys = keysToMutate(normalised.evaluation, context);
  const generated = applyStep(normalised.evaluation, keys, context, (one, key) =>
    generate(one, key, context),
  );
  const derived = deriveKeys(generated.evaluation, keys, context);
  const changes = mergeChanges([...normalised.changes, ...generated.changes, ...derived.changes]);
  return { evaluation: derived.evaluation, changes };
}

/** Step 4 alone, for these keys. */
export function deriveKeys(
  evaluation: Evaluation,
  keys: ReadonlySet<ManagedKey>,
  context: BudgetedContext,
): Mutation {
  const { managedKeys, byName } = evaluation;
  const ordered = inDependencyOrder(managedKeys.values(), byName).ordered.filter((one) => keys.has(one));
  return applyStep(evaluation, ordered, context, withinSizeLimit(evaluation, derive));
}

function keysToMutate(evaluation: Evaluation, { now }: EngineContext): ReadonlySet<ManagedKey> {
  const owned = isOwned(evaluation.request.secret);
  const selectedKeys = [...evaluation.managedKeys.values()].filter(
    (one) =>
      (one.policy.mutateOwned || !owned) &&
      one.entry.action !== 'Audit' &&
      !isExcepted(evaluation, one, now()),
  );
  return new Set(selectedKeys);
}

/** A URL that becomes readable in one round may add one more key. Every round shortens a value, so this ends. */
function normaliseAll(evaluation: Evaluation, context: BudgetedContext): Mutation {
  const round = applyStep(evaluation, keysToMutate(evaluation, context), context, normalise);
  if (round.changes.length === 0) return { evaluation, changes: [] };
  const rest = normaliseAll(reevaluate(round.evaluation), context);
  return { evaluation: rest.evaluation, changes: [...round.changes, ...rest.changes] };
}

/**
 * An immutable Secret can't be patched. A warn-only user restores old state on purpose. A key that is only recorded is
 * not changed.
 */
function isReadOnly(
  { request: { old, username } }: Evaluation,
  { warnOnlyUsers, maxAction }: EngineContext,
): boolean {
  return old?.immutable === true || warnOnlyUsers.has(username ?? '') || maxAction === 'Audit';
}

function applyStep(
  evaluation: Evaluation,
  keys: Iterable<ManagedKey>,
  { budget }: BudgetedContext,
  step: (evaluation: Evaluation, managedKey: ManagedKey) => Change | undefined,
): Mutation {
  const draft = new Draft(evaluation);
  const changes: Change[] = [];
  for (const managedKey of keys) {
    budget.spend(draft.evaluation.data.get(managedKey.key)?.size);
    const change = step(draft.evaluation, managedKey);
    if (change === undefined) continue;
    draft.write(change.key, change.value);
    changes.push(change);
  }
  return { evaluation: draft.freeze(), changes };
}

/** Only values that this request set: a value that has worked for years may be quoted on purpose. */
function normalise(evaluation: Evaluation, { key, entry }: ManagedKey): Change | undefined {
  const value = evaluation.data.get(key);
  if (value === undefined || !isModified(evaluation, key)) return undefined;
  const artifact = inputArtifactOf(value, entry.derive !== undefined);
  if (artifact === undefined) return undefined;
  const description = {
    'trailing-newline': 'a newline at its end was cut off',
    quoted: 'the quotes around it were removed',
    whitespace: 'the blanks around it were removed',
    'double-base64': 'it was base64 inside base64, and was decoded',
  }[artifact.rule];
  return {
    key,
    reason: artifact.rule,
    value: artifact.corrected,
    warning: `${description} [lockstep/${artifact.rule}]`,
  };
}

/** lockstep generates values only for a new Secret that asks for it, and only for its missing keys. */
function generate(
  evaluation: Evaluation,
  managedKey: ManagedKey,
  { random }: EngineContext,
): Change | undefined {
  const { key, entry } = managedKey;
  const { old, secret } = evaluation.request;
  if (
    old !== undefined ||
    secret.annotations.get(GENERATE_ANNOTATION) !== 'true' ||
    entry.generate === undefined
  )
    return undefined;
  const value = evaluation.data.get(key);
  if (value !== undefined && !(value.isEmpty && isRequired(evaluation, managedKey))) return undefined;
  const reason = value === undefined ? 'required' : 'empty';
  return { key, reason, value: generateValue(key, entry.generate, random), warning: undefined };
}

function derive(evaluation: Evaluation, managedKey: ManagedKey): Change | undefined {
  const plan = derivationPlan(evaluation, managedKey);
  if (plan.kind !== 'write') return undefined;
  return {
    key: managedKey.key,
    reason: plan.reason,
    value: plan.value,
    warning: warningOf(plan),
    bases: plan.bases,
  };
}

/**
 * The API server refuses a Secret beyond its size limit, whatever else is written. Without this limit, a chain of a
 * thousand keys would be a thousand times its value.
 */
function withinSizeLimit(
  { data }: Evaluation,
  step: (evaluation: Evaluation, managedKey: ManagedKey) => Change | undefined,
): typeof step {
  let size = 0;
  for (const value of data.values()) size += value.size;
  return (evaluation, managedKey) => {
    const change = size > MAX_SECRET_BYTES ? undefined : step(evaluation, managedKey);
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

/** One change for each key: the last written value, with the first reason. */
function mergeChanges(changes: readonly Change[]): readonly Change[] {
  const byKey = new Map<string, Change>();
  for (const change of changes) {
    const first = byKey.get(change.key);
    const warning = [first?.warning, change.warning].filter((text) => text !== undefined).join('; ');
    byKey.set(change.key, {
      ...change,
      reason: first?.reason ?? change.reason,
      warning: warning === '' ? undefined : warning,
    });
  }
  return [...byKey.values()];
}
