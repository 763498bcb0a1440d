import type { Policy } from '../policy/policy.ts';
import { allOf, anyOf, type Cel } from './cel.ts';
import { anyGlobMatches } from './glob.ts';
import { type Bound, matches } from './match.ts';

/** The name of the condition in both webhooks. */
export const CONDITION_NAME = 'a-policy-may-match';

/** The condition under which the API server sends a Secret to the webhooks, or why there can be none. */
export type WebhookCondition =
  | { readonly kind: 'condition'; readonly expression: Cel }
  /** These policies may match every Secret. */
  | { readonly kind: 'matches-all'; readonly policies: readonly string[] }
  | { readonly kind: 'too-long'; readonly length: number };

/**
 * A character of a pattern costs at most 13 units: a name of 253 characters, before and after the write. The API server
 * allows 1,000,000 units for each evaluation, and 100,000 characters.
 */
export const MAX_CONDITION_LENGTH = 60_000;

/**
 * True for each Secret that one of the policies may match, before or after the write. The condition has no labels of
 * the namespace, because the API server gives none to a webhook: it then sends more.
 */
export function webhookCondition(policies: readonly Policy[]): WebhookCondition {
  const conditions = policies.map((policy) => ({ policy, condition: mayMatch(policy) }));
  const always = conditions.filter(({ condition }) => condition === 'true');
  if (always.length > 0) return { kind: 'matches-all', policies: always.map(({ policy }) => policy.name) };
  const any = anyOf(conditions.map(({ condition }) => condition));
  const expression = any === 'false' ? any : withVariables(any);
  return expression.length > MAX_CONDITION_LENGTH
    ? { kind: 'too-long', length: expression.length }
    : { kind: 'condition', expression };
}

/** lockstep adds a key only to a Secret that a policy matches without this key. */
const BOUND: Bound = { kind: 'never-less', derivable: new Set() };

function mayMatch({ match }: Policy): Cel {
  return allOf([
    ...(match.names === undefined ? [] : [anyGlobMatches(match.names, 'secretName')]),
    ...(match.namespaces === undefined ? [] : [anyGlobMatches(match.namespaces, 'request.namespace')]),
    matches(match, { type: 'secretType', labels: 'labels', data: 'data' }, BOUND),
  ]);
}

/** Mutating webhooks get names and types that the API server has not yet validated. A long one costs too much. */
const MAX_NAME_LENGTH = 253;

/** A condition of a webhook has no variables of its own, so that each is a list with one item. */
function withVariables(condition: Cel): Cel {
  const known = anyOf([
    `size(secretName) > ${MAX_NAME_LENGTH}`,
    `size(secretType) > ${MAX_NAME_LENGTH}`,
    condition,
  ]);
  const ofSecret = VARIABLES.reduce((body, [name, value]) => withVariable(name, value, body), known);
  const ofWrite = `[object, oldObject].exists(secret, secret != null && ${ofSecret})`;
  return withVariable('secretName', SECRET_NAME, ofWrite);
}

const withVariable = (name: string, value: Cel, body: Cel): Cel => `[${value}].exists(${name}, ${body})`;

const VARIABLES = [
  ['data', 'has(secret.data) && secret.data != null ? dyn(secret.data) : dyn({})'],
  [
    'labels',
    'has(secret.metadata.labels) && secret.metadata.labels != null ? dyn(secret.metadata.labels) : dyn({})',
  ],
  ['secretType', "has(secret.type) && secret.type != '' ? secret.type : 'Opaque'"],
] as const;

/** As the engine names a Secret. Under `generateName` it has no name before the mutating webhooks. */
const SECRET_NAME = [
  "has(request.name) && request.name != '' ? dyn(request.name)",
  "object == null ? dyn('')",
  "has(object.metadata.name) && object.metadata.name != '' ? dyn(object.metadata.name)",
  "has(object.metadata.generateName) ? dyn(object.metadata.generateName + 'xxxxx')",
  "dyn('')",
].join(' : ');
