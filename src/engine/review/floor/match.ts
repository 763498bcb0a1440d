import { GENERIC_KEY } from '../../policy/match/generic-login.ts';
import type { LabelSelector } from '../../policy/match/label-selector.ts';
import type { Policy } from '../../policy/policy.ts';
import type { MatchSpec } from '../../policy/schema/schema.ts';
import { allOf, anyGlobMatches, anyOf, type Cel, listOf, not, quote, type Variable } from './cel.ts';

/**
 * Variables for the object and its data, before and after the write. The API server writes an empty value as null or as
 * an empty text.
 */
export const OBJECTS = [
  { name: 'secret', expression: 'dyn(object)' },
  { name: 'before', expression: 'dyn(oldObject)' },
  {
    name: 'data',
    expression: 'has(object.data) && object.data != null ? dyn(object.data) : dyn({})',
  },
  {
    name: 'oldData',
    expression:
      'oldObject != null && has(oldObject.data) && oldObject.data != null ? dyn(oldObject.data) : dyn({})',
  },
  {
    name: 'labels',
    expression: 'has(object.metadata.labels) ? dyn(object.metadata.labels) : dyn({})',
  },
  {
    name: 'oldLabels',
    expression:
      'oldObject != null && has(oldObject.metadata.labels) ? dyn(oldObject.metadata.labels) : dyn({})',
  },
  {
    name: 'namespaceLabels',
    expression:
      'namespaceObject != null && has(namespaceObject.metadata.labels) ? dyn(namespaceObject.metadata.labels) : dyn({})',
  },
] as const;

export const IS_NEW: Cel = 'oldObject == null';

/**
 * How a condition may differ from the engine. `never-more`: it may miss a Secret that the engine selects. `never-less`:
 * it may select a Secret that the engine does not. `derivable` are the keys that lockstep may add to the Secret.
 */
type Bound =
  | { readonly kind: 'never-more' }
  | { readonly kind: 'never-less'; readonly derivable: ReadonlySet<string> };

/** Whether each policy may select the Secret, and whether it surely does. `place` is its number. */
export const mayMatch = (place: number): Cel => `variables.may${place}`;
export const surelyMatches = (place: number): Cel => `variables.is${place}`;

export function matchVariables(ordered: readonly Policy[]): readonly Variable[] {
  const derivable = new Set(
    ordered.flatMap(({ keys }) =>
      keys
        .filter(({ derive, generate }) => derive !== undefined || generate !== undefined)
        .flatMap(({ name, aliases }) => [name, ...aliases]),
    ),
  );
  return ordered.flatMap((policy, place) => [
    { name: `may${place}`, expression: selects(policy, { kind: 'never-less', derivable }) },
    { name: `is${place}`, expression: selects(policy, { kind: 'never-more' }) },
  ]);
}

/** The policy selects the Secret, before or after the write. */
function selects({ match }: Policy, bound: Bound): Cel {
  const now = matches(
    match,
    { type: 'variables.secret.type', labels: 'variables.labels', data: 'variables.data' },
    bound,
  );
  const then = matches(
    match,
    { type: 'variables.before.type', labels: 'variables.oldLabels', data: 'variables.oldData' },
    bound,
  );
  const fixed = allOf([
    ...(match.names === undefined ? [] : [anyGlobMatches(match.names, 'variables.secret.metadata.name')]),
    ...(match.namespaces === undefined ? [] : [anyGlobMatches(match.namespaces, 'request.namespace')]),
    ...(match.namespaceSelector === undefined
      ? []
      : [selectsLabels(match.namespaceSelector, 'variables.namespaceLabels')]),
  ]);
  const moving = now === 'true' ? now : anyOf([now, allOf([not(IS_NEW), then])]);
  return allOf([fixed, moving]);
}

interface Sides {
  readonly type: Cel;
  readonly labels: Cel;
  readonly data: Cel;
}

/** The part of the match that a write can change. */
function matches(match: MatchSpec, { type, labels, data }: Sides, bound: Bound): Cel {
  const conditions: Cel[] = [];
  if (match.types !== undefined) conditions.push(typeMatches(match.types, type, bound));
  if (match.labelSelector !== undefined) conditions.push(selectsLabels(match.labelSelector, labels));
  const holds = (key: string): Cel =>
    bound.kind === 'never-less' && bound.derivable.has(key) ? 'true' : `${quote(key)} in ${data}`;
  if (match.hasKeys !== undefined) conditions.push(allOf(match.hasKeys.map(holds)));
  if (match.hasAnyKey !== undefined) {
    // A value says whether a generic key counts: `DB_PASSWORD` of a policy for one server.
    const counted =
      match.server === undefined || bound.kind === 'never-less'
        ? match.hasAnyKey
        : match.hasAnyKey.filter((key) => !GENERIC_KEY.test(key));
    const isDerivable = bound.kind === 'never-less' && counted.some((key) => bound.derivable.has(key));
    conditions.push(
      isDerivable
        ? 'true'
        : counted.length === 0
          ? 'false'
          : `${listOf(counted)}.exists(key, key in ${data})`,
    );
  }
  return allOf(conditions);
}

/** A type can have any character, and `?` counts UTF-16 units. */
function typeMatches(globs: readonly string[], type: Cel, bound: Bound): Cel {
  const exact = globs.filter((glob) => !glob.includes('?'));
  if (exact.length === globs.length) return anyGlobMatches(globs, type);
  if (bound.kind === 'never-less')
    return anyGlobMatches(
      globs.map((glob) => glob.replaceAll('?', '*')),
      type,
    );
  return anyOf([
    ...(exact.length === 0 ? [] : [anyGlobMatches(exact, type)]),
    allOf([`${type}.matches('^[ -~]*$')`, anyGlobMatches(globs, type)]),
  ]);
}

function selectsLabels({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Cel): Cel {
  const has = (key: string): Cel => `${quote(key)} in ${labels}`;
  const isIn = (key: string, values: readonly string[]): Cel =>
    `(${has(key)} && ${labels}[${quote(key)}] in ${listOf(values)})`;
  return allOf([
    ...Object.entries(matchLabels).map(([key, value]) => isIn(key, [value])),
    ...matchExpressions.map((one) => meets(one, has, isIn)),
  ]);
}

function meets(
  { key, operator, values = [] }: NonNullable<LabelSelector['matchExpressions']>[number],
  has: (key: string) => Cel,
  isIn: (key: string, values: readonly string[]) => Cel,
): Cel {
  switch (operator) {
    case 'Exists':
      return has(key);
    case 'DoesNotExist':
      return not(has(key));
    case 'In':
      return isIn(key, values);
    case 'NotIn':
      return not(isIn(key, values));
  }
}
