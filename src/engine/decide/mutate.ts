import type { Metered } from '../evaluation/budget.ts';
import type { Change, Surroundings } from '../evaluation/decision.ts';
import { inOrderOfDependency } from '../evaluation/dependency-order.ts';
import { planFor, type Write } from '../evaluation/derive.ts';
import { type Case, type Governed, isSet, openForWriting, reopen } from '../evaluation/evaluation.ts';
import { isExcepted } from '../evaluation/exceptions.ts';
import { generateValue } from '../evaluation/generate.ts';
import { accidentIn } from '../evaluation/normalise.ts';
import { isRequired } from '../rules/required.ts';
import type { Annotation } from '../secret/kubernetes-names.ts';
import { isOwned } from '../secret/owners.ts';
import { LARGEST_SECRET } from '../secret/secret.ts';

/** Set to `true` on a Secret whose missing values lockstep is to make. */
export const GENERATE = 'lockstep.dev/generate' satisfies Annotation;

/** Steps 2 to 4: the case with lockstep's writes, to be reopened before it is judged, and the keys that it writes. */
export interface Mended {
  readonly aCase: Case;
  readonly changes: readonly Change[];
}

export function mendCase(aCase: Case, around: Metered): Mended {
  if (mustBeLeft(aCase, around)) return { aCase, changes: [] };
  const normalised = normaliseAll(aCase, around);
  const keys = keysToMend(normalised.aCase, around);
  const generated = carryOut(normalised.aCase, keys, around, (one, key) => generate(one, key, around));
  const derived = deriveKeys(generated.aCase, keys, around);
  const changes = merged([...normalised.changes, ...generated.changes, ...derived.changes]);
  return { aCase: derived.aCase, changes };
}

/** Step 4 alone, of these keys. */
export function deriveKeys(aCase: Case, keys: ReadonlySet<Governed>, around: Metered): Mended {
  const { governed, byName } = aCase;
  const ordered = inOrderOfDependency(governed.values(), byName).ordered.filter((one) => keys.has(one));
  return carryOut(aCase, ordered, around, whileThereIsRoom(aCase, derive));
}

function keysToMend(aCase: Case, { now }: Surroundings): ReadonlySet<Governed> {
  const owned = isOwned(aCase.request.secret);
  const governed = [...aCase.governed.values()].filter(
    (one) =>
      (one.policy.mutateOwned || !owned) && one.entry.action !== 'Audit' && !isExcepted(aCase, one, now()),
  );
  return new Set(governed);
}

/** A URL that is read only now may bring in one more key. Every round cuts something off, so this ends. */
function normaliseAll(aCase: Case, around: Metered): Mended {
  const round = carryOut(aCase, keysToMend(aCase, around), around, normalise);
  if (round.changes.length === 0) return { aCase, changes: [] };
  const rest = normaliseAll(reopen(round.aCase), around);
  return { aCase: rest.aCase, changes: [...round.changes, ...rest.changes] };
}

/** An immutable Secret can not be patched, and a writer who puts old state back means it as it is. A key that is only recorded is not changed. */
function mustBeLeft(
  { request: { old, username } }: Case,
  { warnOnlyUsers, maxAction }: Surroundings,
): boolean {
  return old?.immutable === true || warnOnlyUsers.has(username ?? '') || maxAction === 'Audit';
}

function carryOut(
  aCase: Case,
  keys: Iterable<Governed>,
  { budget }: Metered,
  step: (aCase: Case, governed: Governed) => Change | undefined,
): Mended {
  const write = openForWriting(aCase);
  let current = aCase;
  const changes: Change[] = [];
  for (const governed of keys) {
    budget.spend(current.data.get(governed.key)?.size);
    const change = step(current, governed);
    if (change === undefined) continue;
    current = write(change.key, change.value);
    changes.push(change);
  }
  return { aCase: current, changes };
}

/** Only what this request set: a value that has worked for years may be quoted on purpose. */
function normalise(aCase: Case, { key, entry }: Governed): Change | undefined {
  const value = aCase.data.get(key);
  if (value === undefined || !isSet(aCase, key)) return undefined;
  const accident = accidentIn(value, entry.derive !== undefined);
  if (accident === undefined) return undefined;
  const what = {
    'trailing-newline': 'a newline at its end was cut off',
    quoted: 'the quotes around it were removed',
    whitespace: 'the blanks around it were removed',
    'double-base64': 'it was base64 inside base64, and was decoded',
  }[accident.rule];
  return {
    key,
    reason: accident.rule,
    value: accident.mended,
    warning: `${what} [lockstep/${accident.rule}]`,
  };
}

/** Values are invented for a new Secret that asks for it, and only for keys that it lacks. */
function generate(aCase: Case, governed: Governed, { random }: Surroundings): Change | undefined {
  const { key, entry } = governed;
  const { old, secret } = aCase.request;
  if (old !== undefined || secret.annotations.get(GENERATE) !== 'true' || entry.generate === undefined)
    return undefined;
  const value = aCase.data.get(key);
  if (value !== undefined && !(value.isEmpty && isRequired(aCase, governed))) return undefined;
  const reason = value === undefined ? 'required' : 'empty';
  return { key, reason, value: generateValue(key, entry.generate, random), warning: undefined };
}

function derive(aCase: Case, governed: Governed): Change | undefined {
  const plan = planFor(aCase, governed);
  if (plan.kind !== 'write') return undefined;
  return {
    key: governed.key,
    reason: plan.reason,
    value: plan.value,
    warning: warningOf(plan),
    bases: plan.bases,
  };
}

/** Past what a Secret can hold the API server refuses it, whatever else is written: a chain of a thousand keys would be a thousand times its value. */
function whileThereIsRoom(
  { data }: Case,
  step: (aCase: Case, governed: Governed) => Change | undefined,
): typeof step {
  let size = 0;
  for (const value of data.values()) size += value.size;
  return (aCase, governed) => {
    const change = size > LARGEST_SECRET ? undefined : step(aCase, governed);
    if (change !== undefined) size += change.value.size - (aCase.data.get(change.key)?.size ?? 0);
    return change;
  };
}

/** Names the parts that differed and the keys they follow; never their values. */
function warningOf({ reason, parts, bases, typed }: Write): string | undefined {
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
      const told = `${what} now ${parts.length > 1 ? 'follow' : 'follows'} ${follows} [lockstep/mismatch]`;
      return typed === undefined
        ? told
        : `${told}: the password typed into it was not kept, change ${typed} instead`;
    }
  }
}

/** One change a key: what was written last, for the reason that came first. */
function merged(changes: readonly Change[]): readonly Change[] {
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
