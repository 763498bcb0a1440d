import { withinBudget } from '../evaluation/budget.ts';
import type { Change, Decision, Surroundings } from '../evaluation/decision.ts';
import { planFor } from '../evaluation/derive.ts';
import { openCase } from '../evaluation/evaluation.ts';
import { isExcepted } from '../evaluation/exceptions.ts';
import { generateValue } from '../evaluation/generate.ts';
import { denies, type Finding } from '../finding/finding.ts';
import { matching } from '../policy/match.ts';
import { byPrecedence, type KeyEntry, type Policy } from '../policy/policy.ts';
import { isRequired } from '../rules/required.ts';
import type { Request, Secret } from '../secret/secret.ts';
import { Sensitive } from '../secret/sensitive.ts';
import { decide, judge } from './decide.ts';
import { deriveKeys } from './mutate.ts';

/** What a new Secret is made of. */
export interface Wish {
  readonly policy: Policy;
  /** Name, namespace, type, labels, and the values that are given: nothing overrides those. */
  readonly secret: Secret;
  /** Of the policy's `environments`; the values of one go before a key's `default`. */
  readonly environment: string | undefined;
}

export type NewSecret =
  /** `changes`: what lockstep has written by itself, or put right of the values given. */
  | {
      readonly kind: 'complete';
      readonly secret: Secret;
      readonly findings: readonly Finding[];
      readonly changes: readonly Change[];
    }
  /** These keys need a value that nothing tells. */
  | { readonly kind: 'incomplete'; readonly missing: readonly string[] }
  /** The policy means other Secrets: other names or namespaces, or such as hold one of some keys. */
  | { readonly kind: 'unmeant' }
  /** lockstep judges nothing there, whatever a policy says. */
  | { readonly kind: 'exempt' }
  /** What is left to find fault with after all that lockstep can do: `check` would refuse it. */
  | { readonly kind: 'refused'; readonly findings: readonly Finding[] };

/** A complete set of values for a policy, judged as any other Secret. */
export function newSecret(wish: Wish, policies: readonly Policy[], around: Surroundings): NewSecret {
  const { policy, secret } = wish;
  if (!isMeant(secret, withoutKeys(policy))) return { kind: 'unmeant' };
  const filled = { ...secret, data: filledIn(wish, around) };
  const request = { operation: 'CREATE', secret: filled, old: undefined, username: undefined } as const;
  const decision = decide(request, policies, around);
  if (decision.skipped === 'exempt') return { kind: 'exempt' };
  const mended = withAudited(afterChanges(filled, decision), policies, around);
  const missing = missingKeys({ ...request, secret: mended }, policy, policies);
  if (missing.length > 0) return { kind: 'incomplete', missing };
  if (!isMeant(mended, policy)) return { kind: 'unmeant' };
  const { findings } = judge({ ...request, secret: mended }, policies, around);
  if (findings.some(denies)) return { kind: 'refused', findings: findings.filter(denies) };
  const ordered = { ...mended, data: inOrder(mended.data, policy) };
  return { kind: 'complete', secret: ordered, findings, changes: decision.changes };
}

const asRequest = (secret: Secret): Request => ({
  operation: 'CREATE',
  secret,
  old: undefined,
  username: undefined,
});

const isMeant = (secret: Secret, policy: Policy): boolean => matching(asRequest(secret), [policy]).length > 0;

/** The keys that it asks for may be generated. */
function withoutKeys(policy: Policy): Policy {
  const { hasKeys: _, hasAnyKey: __, ...match } = policy.match;
  return { ...policy, match };
}

/** What is given, what the environment says, defaults, and new values, in this order. */
function filledIn({ policy, secret, environment }: Wish, around: Surroundings): Secret['data'] {
  const data = new Map(secret.data);
  for (const [key, text] of policy.environments.get(environment ?? '') ?? []) {
    const entry = policy.keys.find((one) => spellings(one).includes(key));
    const isHeld = (entry === undefined ? [key] : spellings(entry)).some((one) => data.has(one));
    if (!isHeld) data.set(key, Sensitive.fromText(text));
  }
  for (const entry of policy.keys) {
    const held = spellings(entry).find((key) => data.has(key));
    // A required key that is empty lacks its value; any other is empty on purpose.
    if (held !== undefined && !(entry.required && data.get(held)?.isEmpty === true)) continue;
    const value = valueFor(entry, around);
    if (value !== undefined) data.set(held ?? entry.name, value);
  }
  return data;
}

const spellings = ({ name, aliases }: KeyEntry): readonly string[] => [name, ...aliases];

function valueFor({ name, default: text, generate }: KeyEntry, { random }: Surroundings) {
  if (text !== undefined) return Sensitive.fromText(text);
  return generate === undefined ? undefined : generateValue(name, generate, random);
}

function afterChanges(secret: Secret, { changes }: Decision): Secret {
  return {
    ...secret,
    data: new Map([...secret.data, ...changes.map(({ key, value }) => [key, value] as const)]),
  };
}

/** `action: Audit` has admission change nothing; whoever asks for a new Secret asks for its derived keys as well. */
function withAudited(secret: Secret, policies: readonly Policy[], around: Surroundings): Secret {
  const request = asRequest(secret);
  const aCase = openCase(request, matching(request, policies));
  const audited = [...aCase.governed.values()].filter(
    (one) =>
      one.entry.derive !== undefined && one.entry.action === 'Audit' && !isExcepted(aCase, one, around.now()),
  );
  return withinBudget(
    secret,
    around,
    (metered) => ({ ...secret, data: deriveKeys(aCase, new Set(audited), metered).aCase.data }),
    () => secret,
  );
}

/** Whatever the policies' actions are: a new Secret is whole or it is none. Of a derived key, the base keys that it lacks. */
function missingKeys(request: Request, policy: Policy, policies: readonly Policy[]): readonly string[] {
  const meant = new Set([policy, ...matching(request, policies)]);
  const aCase = openCase(request, [...meant].sort(byPrecedence));
  const lacking = [...aCase.governed.values()].flatMap((governed) => {
    const { key, entry } = governed;
    if (aCase.data.get(key)?.isEmpty === false || !isRequired(aCase, governed)) return [];
    if (entry.derive === undefined) return [key];
    const plan = planFor(aCase, governed);
    return plan.kind === 'underivable' ? plan.missing : [];
  });
  const asked = (policy.match.hasKeys ?? []).filter((key) => !request.secret.data.has(key));
  return [...new Set([...lacking, ...asked])];
}

/** The keys as the policy lists them, then the others by the alphabet. */
function inOrder(data: Secret['data'], policy: Policy): Secret['data'] {
  const listed = policy.keys.flatMap(spellings);
  const rank = new Map(listed.map((key, index) => [key, index]));
  const rankOf = (key: string): number => rank.get(key) ?? listed.length;
  return new Map([...data].sort(([a], [b]) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1)));
}
