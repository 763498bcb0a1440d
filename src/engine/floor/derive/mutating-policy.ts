import { GENERATE_ANNOTATION } from '../../decide/generate.ts';
import { milder } from '../../finding/finding.ts';
import { byPrecedence, type Derivation, type KeyEntry, type Policy } from '../../policy/policy.ts';
import { OWNER_ANNOTATIONS, OWNER_LABEL_VALUES, OWNER_LABELS } from '../../secret/owners.ts';
import {
  API_VERSION,
  digestOf,
  FLOOR_DIGEST,
  FLOOR_LABEL,
  type FloorObject,
  type FloorOptions,
  matchConditions,
  matchConstraints,
} from '../admission-policy.ts';
import { DECODER } from '../base64.ts';
import { allOf, anyOf, type Cel, listOf, not, quote } from '../cel.ts';
import { neededVariables } from '../compact.ts';
import { mayMatch, spellingsOf, surelyMatches, type Variable } from '../entry.ts';
import type { LeftOut } from '../left-out.ts';
import { IS_NEW, OBJECTS, selects } from '../match.ts';
import { type BaseKey, baseKey, loginKeysOf } from './base-keys.ts';
import { VALUE_CLASSES, type ValueClass } from './certain-values.ts';
import { type DeriveEntry, deriveEntries, NAME, SECRET_NAME } from './derive-entry.ts';
import { type DerivedWrite, derivedWrite, loginKeys } from './derived-write.ts';
import { ENCODER } from './encode-base64.ts';
import { templateFault } from './rendered.ts';
import { CERTAIN_LISTS, certainValues } from './value-conditions.ts';

/** The objects that derive keys, and the derived keys that they leave to lockstep. */
export interface DerivingPolicy {
  /** None if no key can be derived. */
  readonly objects: readonly FloorObject[];
  readonly derived: readonly { readonly policy: string; readonly key: string }[];
  readonly leftOut: readonly LeftOut[];
}

const DERIVE_NAME = 'lockstep-derive';

/**
 * Translates derived keys into one MutatingAdmissionPolicy, which the API server evaluates before the webhooks. It
 * writes only what lockstep itself would write: where a condition is not exact, it leaves the key to lockstep.
 */
export function derivingPolicy(policies: readonly Policy[], options: FloorOptions): DerivingPolicy {
  const ordered = policies.toSorted(byPrecedence);
  const entries = deriveEntries(ordered, options.now);
  const leftOut: LeftOut[] = [];
  const derivable: Derivable[] = [];
  const known: KnownBases = new Map();
  for (const one of entries) {
    const { policy, place, entry } = one;
    const { derive } = entry;
    if (derive === undefined) continue;
    const fault = faultOf(entry, ordered, options) ?? templateFault(derive.template);
    const bases = fault ?? baseKeysOf(entry, place, entries, known);
    if (typeof bases === 'string') leftOut.push({ policy: policy.name, key: entry.name, what: bases });
    else derivable.push({ one, derive, bases });
  }
  const derived = derivable.map(({ one, derive, bases }): Derived => {
    const { place, policy, entry } = one;
    const names = derivable
      .filter((other) => other.one.place === place)
      .flatMap((other) => [...other.bases.values()].filter(({ isSecret }) => !isSecret));
    const id = `${place}_${policy.keys.indexOf(entry)}`;
    return { place, policy, entry, bases, ...derivedWrite(one, derive, bases, [...new Set(names)], id) };
  });
  return {
    objects: derived.length === 0 ? [] : objectsFor(derived, entries, ordered, options),
    derived: derived.map(({ policy, entry }) => ({ policy: policy.name, key: entry.name })),
    leftOut,
  };
}

interface Derivable {
  readonly one: DeriveEntry;
  readonly derive: Derivation;
  readonly bases: ReadonlyMap<string, BaseKey>;
}

interface Derived extends DerivedWrite {
  readonly place: number;
  readonly policy: Policy;
  readonly entry: KeyEntry;
  readonly bases: ReadonlyMap<string, BaseKey>;
}

/** The reason why lockstep itself may treat the key in another way. */
function faultOf(
  entry: KeyEntry,
  ordered: readonly Policy[],
  { maxAction }: FloorOptions,
): string | undefined {
  if (milder(entry.action, maxAction) === 'Audit') return 'its action is Audit, and nothing is changed';
  if (entry.when !== undefined) return 'its entry has a condition';
  const spellings = spellingsOf(entry);
  if (entry.derive?.addWith.some((key) => spellings.includes(key)) && isAlwaysUrl(entry))
    return 'the policy adds no such key, and lockstep tells its accounts apart';
  const addsOther = ordered.some(({ keys }) =>
    keys.some(
      (other) =>
        other.derive?.addWith.some((key) => spellings.includes(key)) === true &&
        !spellingsOf(other).some((spelling) => spellings.includes(spelling)),
    ),
  );
  return addsOther ? 'another derived key is added next to it' : undefined;
}

/** CEL can't say which account such a URL belongs to. */
const isAlwaysUrl = ({ derive }: KeyEntry): boolean =>
  (derive?.accounts.length ?? 0) > 0 && derive?.exact !== true;

/** Base keys by the place of the policy and the name: the derived keys of a policy share them. */
type KnownBases = Map<string, BaseKey | string>;

function baseKeysOf(
  { derive }: KeyEntry,
  place: number,
  entries: readonly DeriveEntry[],
  known: KnownBases,
): ReadonlyMap<string, BaseKey> | string {
  const bases = new Map<string, BaseKey>();
  for (const { name } of derive?.template.references ?? []) {
    const id = `${place} ${name}`;
    const base = known.get(id) ?? baseKey(name, place, `${place}b${known.size}`, entries);
    known.set(id, base);
    if (typeof base === 'string') return base;
    bases.set(name, base);
  }
  return bases;
}

/** The decoded texts of one class, of the policies that match. */
function textsOf(name: ValueClass, derived: readonly Derived[]): Cel {
  const lists = [...Map.groupBy(derived, ({ place }) => place)].flatMap(([place, some]) => {
    const texts = some.flatMap(({ bases }) =>
      [...bases.values()].filter(({ classes }) => classes.includes(name)).map(({ text }) => text),
    );
    return texts.length === 0
      ? []
      : [`(variables.${surelyMatches(place)} ? [${[...new Set(texts)].join(', ')}] : [])`];
  });
  return lists.length === 0 ? '[]' : lists.join(' + ');
}

/** A Secret with more keys is left to lockstep: the API server limits the cost of a loop. */
const MAX_KEYS = 200;

function objectsFor(
  derived: readonly Derived[],
  entries: readonly DeriveEntry[],
  ordered: readonly Policy[],
  options: FloorOptions,
): readonly FloorObject[] {
  const addable = new Set(entries.flatMap((one) => (one.entry.derive === undefined ? [] : one.spellings)));
  const results = derived.map(({ isWritten, place, policy }, at) => ({
    name: `write${at}`,
    expression: allOf([
      'variables.isOpen',
      `variables.${surelyMatches(place)}`,
      ...(policy.mutateOwned ? [] : ['!variables.isOwned']),
      isWritten,
    ]),
  }));
  const defined: readonly Variable[] = [
    ...OBJECTS,
    NAME,
    ...DECODER,
    ...ENCODER,
    ...CERTAIN_LISTS,
    IS_OPEN,
    IS_OWNED,
    loginKeys(loginKeysOf(ordered)),
    ...VALUE_CLASSES.map((name) => certainValues(name, textsOf(name, derived))),
    ...ordered.flatMap((policy, place) => [
      { name: mayMatch(place), expression: selects(policy, { kind: 'never-less', derivable: addable }) },
      { name: surelyMatches(place), expression: selects(policy, { kind: 'never-more' }) },
    ]),
    ...entries.flatMap(({ variables }) => variables),
    ...derived.flatMap(({ bases, variables }) => [
      ...[...bases.values()].flatMap((base) => base.variables),
      ...variables,
    ]),
    ...results,
  ];
  const expression = patchOf(derived);
  const wanted = [...expression.matchAll(/variables\.(\w+)/g)].map(([, name = '']) => name);
  const spec = {
    // A write is never refused because an expression has no result.
    failurePolicy: 'Ignore',
    // Another admission policy or webhook may add a base key.
    reinvocationPolicy: 'IfNeeded',
    matchConstraints: matchConstraints(options),
    matchConditions: [...matchConditions(options), ...holdsBaseKey(derived)],
    variables: neededVariables(defined.map(withName), wanted),
    mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }],
  };
  const labels = { [FLOOR_LABEL]: 'true' };
  return [
    {
      apiVersion: API_VERSION,
      kind: 'MutatingAdmissionPolicy',
      metadata: { name: DERIVE_NAME, labels, annotations: { [FLOOR_DIGEST]: digestOf(spec) } },
      spec,
    },
    {
      apiVersion: API_VERSION,
      kind: 'MutatingAdmissionPolicyBinding',
      metadata: { name: DERIVE_NAME, labels },
      spec: { policyName: DERIVE_NAME },
    },
  ];
}

/** The expressions about a match are those of the floor, which sees a Secret that has its name. */
const withName = ({ name, expression }: Variable): Variable => ({
  name,
  expression: expression.replaceAll('variables.secret.metadata.name', SECRET_NAME),
});

/** `add` always applies once the object has `data`. */
function patchOf(derived: readonly Derived[]): Cel {
  const writes = derived.map((_, at) => `variables.write${at}`);
  const parent = `(has(object.data) || !${writes.length === 1 ? writes.join() : anyOf(writes)} ? [] : [JSONPatch{op: 'add', path: '/data', value: {}}])`;
  const keys = derived.map(
    ({ key, value }, at) =>
      `(variables.write${at} ? [JSONPatch{op: 'add', path: '/data/' + ${key}, value: ${value}}] : [])`,
  );
  return [parent, ...keys].join(' + ');
}

/** Nearly every Secret ends here, before the API server decodes it once more for the patch. */
function holdsBaseKey(
  derived: readonly Derived[],
): readonly { readonly name: string; readonly expression: Cel }[] {
  const keys = new Set<string>();
  for (const { entry, bases } of derived) {
    const required = entry.derive?.template.references.find(({ fallback }) => fallback === undefined);
    if (required === undefined) return [];
    for (const spelling of bases.get(required.name)?.spellings ?? []) keys.add(spelling);
  }
  return [
    {
      name: 'holds-a-base-key',
      expression: `has(object.data) && ${listOf(keys)}.exists(key, key in object.data)`,
    },
  ];
}

const METADATA = 'variables.secret.metadata';

/** The Secret can be changed, and lockstep would add no other values. */
const IS_OPEN: Variable = {
  name: 'isOpen',
  expression: allOf([
    `size(variables.data) <= ${MAX_KEYS}`,
    '(oldObject == null || !has(variables.before.immutable) || variables.before.immutable != true)',
    not(
      allOf([
        IS_NEW,
        `has(${METADATA}.annotations)`,
        `${quote(GENERATE_ANNOTATION)} in ${METADATA}.annotations`,
      ]),
    ),
  ]),
};

/** As in engine/secret/owners.ts. */
const IS_OWNED: Variable = {
  name: 'isOwned',
  expression: anyOf([
    `(has(${METADATA}.ownerReferences) && ${METADATA}.ownerReferences.exists(one, has(one.controller) && one.controller == true))`,
    `${listOf(OWNER_LABELS.map(([label]) => label))}.exists(label, label in variables.labels)`,
    `(has(${METADATA}.annotations) && ${listOf(OWNER_ANNOTATIONS.map(([name]) => name))}.exists(name, name in ${METADATA}.annotations))`,
    ...OWNER_LABEL_VALUES.map(
      ([label, value]) =>
        `(${quote(label)} in variables.labels && variables.labels[${quote(label)}] == ${quote(value)})`,
    ),
  ]),
};
