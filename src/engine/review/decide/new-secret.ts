import { matchingPolicies } from '../../policy/match/match.ts';
import { byPrecedence, type KeyEntry, type Policy } from '../../policy/policy.ts';
import { denies, type Finding } from '../../secret/finding/finding.ts';
import type { Request, Secret } from '../../secret/secret.ts';
import { Sensitive } from '../../secret/sensitive.ts';
import { derivationPlan } from '../derivation/derivation-plan.ts';
import { withinBudget } from '../evaluation/budget.ts';
import { isConditionMet } from '../evaluation/condition.ts';
import type { Change, Decision, EngineContext } from '../evaluation/decision.ts';
import { evaluationOf, type ManagedKey } from '../evaluation/evaluation.ts';
import { isExcepted } from '../evaluation/exceptions.ts';
import { isRequired } from '../rules/presence.ts';
import { decide, validateSecret } from './decide.ts';
import { derive } from './derive.ts';
import { generateValue } from './generate-value.ts';

/** The input for a new Secret. */
export interface NewSecretSpec {
  readonly policy: Policy;
  /** Name, namespace, type, labels, and the given values: nothing overrides those. */
  readonly secret: Secret;
  /** A name in the policy's `environments`. Its values come before the `default` of a key. */
  readonly environment: string | undefined;
  /** Adds only the keys that the policies require or recommend, and the base keys that those need. */
  readonly onlyRequired?: boolean;
  /** Unknown without a cluster: then a policy with a `namespaceSelector` matches nothing. */
  readonly namespaceLabels?: Request['namespaceLabels'];
}

export type NewSecret =
  /** `changes`: the keys that lockstep added, and its corrections of given values. */
  | {
      readonly kind: 'complete';
      readonly secret: Secret;
      readonly findings: readonly Finding[];
      readonly changes: readonly Change[];
    }
  /** These keys need a value that has no source. */
  | {
      readonly kind: 'incomplete';
      readonly missing: readonly string[];
      readonly secret: Secret;
      readonly changes: readonly Change[];
    }
  /** The policy selects other Secrets: other names or namespaces, or Secrets that hold certain keys. */
  | { readonly kind: 'unmeant' }
  /** lockstep validates nothing there, whatever a policy says. */
  | { readonly kind: 'exempt' }
  /** The findings that remain after all changes of lockstep: `check` would refuse the Secret. */
  | {
      readonly kind: 'refused';
      readonly secret: Secret;
      readonly findings: readonly Finding[];
      readonly changes: readonly Change[];
    };

/** A complete set of values for a policy, validated like any other Secret. */
export function newSecret(
  spec: NewSecretSpec,
  policies: readonly Policy[],
  context: EngineContext,
): NewSecret {
  const { policy, secret, namespaceLabels, onlyRequired = false } = spec;
  const asRequest = (secret: Secret): Request => ({
    operation: 'CREATE',
    secret,
    old: undefined,
    username: undefined,
    ...(namespaceLabels === undefined ? {} : { namespaceLabels }),
  });
  if (!isMatched(asRequest(secret), withoutKeys(policy))) return { kind: 'unmeant' };
  const filled = { ...secret, data: fillValues(spec, context) };
  const request = asRequest(filled);
  const decided = decide(request, policies, context);
  const isWanted = ({ key, reason }: Change): boolean =>
    reason !== 'derived' || filled.data.has(key) || !onlyRequired || isAskedFor(request, policies, key);
  const decision = { ...decided, changes: decided.changes.filter(isWanted) };
  if (decision.skipped === 'exempt') return { kind: 'exempt' };
  const changed = afterChanges(filled, decision);
  const mutated = withAuditedKeys(asRequest(changed), policies, context, onlyRequired);
  const missing = missingKeys(asRequest(mutated), policy, policies);
  const ordered = { ...mutated, data: inPolicyOrder(mutated.data, policy) };
  const result = { secret: ordered, changes: decision.changes };
  if (missing.length > 0) return { kind: 'incomplete', missing, ...result };
  if (!isMatched(asRequest(mutated), policy)) return { kind: 'unmeant' };
  const validated = validateSecret(asRequest(mutated), policies, context);
  const findings = validated.findings.filter((finding) => isAboutReadValue(finding, secret));
  return findings.some(denies)
    ? { kind: 'refused', findings: findings.filter(denies), ...result }
    : { kind: 'complete', findings, ...result };
}

/** The text of an undecoded value is not the value, but shows that nobody has set one. */
const isAboutReadValue = ({ key, rule }: Finding, { undecoded }: Secret): boolean =>
  undecoded?.has(key) !== true || STAND_IN_RULES.has(rule);

const STAND_IN_RULES: ReadonlySet<string> = new Set([
  'placeholder',
  'unrendered-template',
  'unresolved-reference',
]);

const isMatched = (request: Request, policy: Policy): boolean =>
  matchingPolicies(request, [policy]).length > 0;

/** The match may name keys that lockstep generates. */
function withoutKeys(policy: Policy): Policy {
  const { hasKeys: _, hasAnyKey: __, ...match } = policy.match;
  return { ...policy, match };
}

/** The first of these sources counts: given values, the environment, defaults, generated values. */
function fillValues(
  { policy, secret, environment, onlyRequired = false }: NewSecretSpec,
  context: EngineContext,
): Secret['data'] {
  const data = new Map(secret.data);
  for (const [key, text] of policy.environments.get(environment ?? '') ?? []) {
    const entry = policy.keys.find((one) => spellings(one).includes(key));
    const hasValue = (entry === undefined ? [key] : spellings(entry)).some((one) => data.has(one));
    if (!hasValue) data.set(key, Sensitive.fromText(text));
  }
  const required = namesOfRequiredKeys(policy, data);
  const givenBases = namesOfGivenBases(policy, secret.data);
  // A condition reads a key without one, whose default may not be there yet.
  const ordered = policy.keys.toSorted((a, b) => Number(a.when !== undefined) - Number(b.when !== undefined));
  for (const entry of ordered) {
    if (entry.when !== undefined && !isConditionMet(entry.when, data)) continue;
    const spelling = spellings(entry).find((key) => data.has(key));
    // An empty required key lacks its value. Any other empty key is empty on purpose.
    if (spelling !== undefined && !(required.has(entry.name) && data.get(spelling)?.isEmpty === true))
      continue;
    if (onlyRequired && spelling === undefined && !required.has(entry.name) && !entry.recommended) continue;
    // An invented user, password or database would be another login than that of the given URL.
    if (!required.has(entry.name) && givenBases.has(entry.name)) continue;
    const value = valueFor(entry, context);
    if (value !== undefined) data.set(spelling ?? entry.name, value);
  }
  return data;
}

function isAskedFor(request: Request, policies: readonly Policy[], key: string): boolean {
  const entry = evaluationOf(request, matchingPolicies(request, policies)).managedKeys.get(key)?.entry;
  return entry !== undefined && isDemanded(entry);
}

const isDemanded = ({ required, recommended }: KeyEntry): boolean => required || recommended;

/** Required keys, and the base keys from which a required key without a value is derived. */
function namesOfRequiredKeys({ keys }: Policy, data: Secret['data']): ReadonlySet<string> {
  const required = keys.filter((entry) => entry.required);
  const bases = required
    .filter((entry) => spellings(entry).every((key) => data.get(key)?.isEmpty !== false))
    .flatMap(({ derive }) => derive?.template.references ?? [])
    .filter(({ fallback }) => fallback === undefined);
  return new Set([...required, ...bases].map(({ name }) => name));
}

/** The base keys of derived keys that have a value: it states what the base keys would. */
function namesOfGivenBases({ keys }: Policy, data: Secret['data']): ReadonlySet<string> {
  const given = keys.filter((entry) => spellings(entry).some((key) => data.get(key)?.isEmpty === false));
  return new Set(given.flatMap(({ derive }) => derive?.template.references ?? []).map(({ name }) => name));
}

const spellings = ({ name, aliases }: KeyEntry): readonly string[] => [name, ...aliases];

function valueFor({ name, default: text, generate }: KeyEntry, { random }: EngineContext) {
  if (text !== undefined) return Sensitive.fromText(text);
  return generate === undefined ? undefined : generateValue(name, generate, random);
}

function afterChanges(secret: Secret, { changes }: Decision): Secret {
  return {
    ...secret,
    data: new Map([...secret.data, ...changes.map(({ key, value }) => [key, value] as const)]),
  };
}

/** Admission changes nothing under `action: Audit`. A request for a new Secret includes its derived keys. */
function withAuditedKeys(
  request: Request,
  policies: readonly Policy[],
  context: EngineContext,
  onlyRequired: boolean,
): Secret {
  const { secret } = request;
  const evaluation = evaluationOf(request, matchingPolicies(request, policies));
  const isAudited = (one: ManagedKey): boolean =>
    one.entry.action === 'Audit' &&
    (!onlyRequired || secret.data.has(one.key) || isDemanded(one.entry)) &&
    !isExcepted(evaluation, one, context.now());
  return withinBudget(
    secret,
    context,
    (budgeted) => ({ ...secret, data: derive(evaluation, isAudited, budgeted).evaluation.data }),
    () => secret,
  );
}

/**
 * A new Secret is complete, whatever the actions of the policies are. For a derived key these are its missing base
 * keys.
 */
function missingKeys(request: Request, policy: Policy, policies: readonly Policy[]): readonly string[] {
  const policySet = new Set([policy, ...matchingPolicies(request, policies)]);
  const evaluation = evaluationOf(request, [...policySet].sort(byPrecedence));
  const missing = [...evaluation.managedKeys.values()].flatMap((managedKey) => {
    const { key, entry } = managedKey;
    if (evaluation.data.get(key)?.isEmpty === false || !isRequired(evaluation, managedKey)) return [];
    if (entry.derive === undefined) return [key];
    const plan = derivationPlan(evaluation, managedKey);
    return plan.kind === 'underivable' ? plan.missing : [];
  });
  const requested = (policy.match.hasKeys ?? []).filter((key) => !request.secret.data.has(key));
  return [...new Set([...missing, ...requested])];
}

/** The keys in the order of the policy, then the others by the alphabet. */
function inPolicyOrder(data: Secret['data'], policy: Policy): Secret['data'] {
  const listed = policy.keys.flatMap(spellings);
  const rank = new Map(listed.map((key, index) => [key, index]));
  const rankOf = (key: string): number => rank.get(key) ?? listed.length;
  return new Map([...data].sort(([a], [b]) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1)));
}
