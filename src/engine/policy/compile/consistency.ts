import type { KeySpec } from '../schema/key-schema.ts';
import { type Problem, visible } from '../schema/problem.ts';
import type { SecretPolicySpec } from '../schema/schema.ts';
import type { DerivationTemplate } from '../template/template.ts';
import { accountProblems } from './account-problems.ts';
import type { Compilation } from './compilation.ts';
import { rotationProblems } from './rotation-problems.ts';
import { ruleProblems } from './rule-problems.ts';
import { valueProblems } from './value-problems.ts';

type Templates = ReadonlyMap<string, DerivationTemplate>;

/** The contradictions between parts of one policy, which a schema can't express. */
export function inconsistencies(
  spec: SecretPolicySpec,
  templates: Templates,
  compilation: Compilation,
): readonly Problem[] {
  return [
    ...unknownBaseKeys(spec, templates),
    ...cycles(templates),
    ...oversizedTemplates(templates),
    ...accountProblems(spec, templates),
    ...clashingAliases(spec),
    ...impossibleKeys(spec),
    ...conditionProblems(spec),
    ...valueProblems(spec, compilation),
    ...ruleProblems(spec, compilation),
    ...rotationProblems(spec, templates, compilation.budget),
    ...impossibleSelectors(spec),
  ];
}

function unknownBaseKeys(spec: SecretPolicySpec, templates: Templates): Problem[] {
  return [...templates].flatMap(([key, template]) =>
    template.references
      .filter(({ name, fallback }) => fallback === undefined && !Object.hasOwn(spec.keys, name))
      .map(({ name }) => visible(name))
      .map((name) => ({
        path: ['spec', 'keys', key, 'derive', 'template'],
        message: `names \${${name}}, which is neither under keys nor has a default: add it under keys, or write \${${name}:-default}`,
      })),
  );
}

function cycles(templates: Templates): Problem[] {
  return cyclicKeys(templates).map((key) => ({
    path: ['spec', 'keys', key, 'derive', 'template'],
    message: 'is derived from itself, directly or through other derived keys: break the cycle',
  }));
}

/**
 * A few templates that name one another twice each would make a value of any length. Cycles have their own problem, so
 * this skips them.
 */
function oversizedTemplates(templates: Templates): Problem[] {
  const cyclic = new Set(cyclicKeys(templates));
  const sizes = new Map<string, number>();
  const sizeOf = (key: string): number => {
    const template = templates.get(key);
    if (template === undefined || cyclic.has(key)) return 1;
    const known = sizes.get(key);
    if (known !== undefined) return known;
    let size = 0;
    for (const { name } of template.references) size += sizeOf(name);
    sizes.set(key, size);
    return size;
  };
  return [...templates.keys()]
    .filter((key) => sizeOf(key) > MAX_BASE_KEYS)
    .map((key) => ({
      path: ['spec', 'keys', key, 'derive', 'template'],
      message: `repeats its base keys more than ${MAX_BASE_KEYS} times, through other derived keys: name fewer of those`,
    }));
}

/** The number of base keys of one derived value, through all its templates. One template alone may name 64 keys. */
const MAX_BASE_KEYS = 256;

function clashingAliases(spec: SecretPolicySpec): Problem[] {
  const owner = new Map(Object.keys(spec.keys).map((name) => [name, name]));
  const problems: Problem[] = [];
  for (const [name, { aliases = [] }] of Object.entries(spec.keys)) {
    for (const [index, alias] of aliases.entries()) {
      const other = owner.get(alias);
      owner.set(alias, name);
      if (other === undefined) continue;
      problems.push({
        path: ['spec', 'keys', name, 'aliases', index],
        message: `is already a name of ${other}: a spelling can mean one key only`,
      });
    }
  }
  return problems;
}

function impossibleKeys(spec: SecretPolicySpec): Problem[] {
  return Object.entries(spec.keys).flatMap(([name, key]) => {
    const at = (field: string, message: string): Problem => ({
      path: ['spec', 'keys', name, field],
      message,
    });
    const problems: Problem[] = [];
    if (key.derive !== undefined && key.generate !== undefined) {
      problems.push(at('generate', 'a key is either derived or generated: remove one of the two'));
    }
    if (key.derive !== undefined && (key.onChange ?? 'Accept') !== 'Accept')
      problems.push(at('onChange', 'a derived key follows its base keys: set onChange for those'));
    if (key.schemes !== undefined && key.format !== 'uri') {
      problems.push(at('schemes', 'needs format: uri'));
    }
    if (key.required && key.recommended)
      problems.push(at('recommended', 'a required key is not only recommended: remove one of the two'));
    if (key.recommendedLength !== undefined && key.recommendedLength <= (key.minLength ?? 0))
      problems.push(at('recommendedLength', 'must be greater than minLength'));
    if (key.distinctFrom?.includes(name))
      problems.push(at('distinctFrom', 'a key can not differ from itself'));
    const unknownKey = key.distinctFrom?.find((other) => !Object.hasOwn(spec.keys, other));
    if (unknownKey !== undefined) {
      problems.push(at('distinctFrom', `names ${unknownKey}, which is not under keys: add it there`));
    }
    return problems;
  });
}

/** As the API server reads a label selector. */
function impossibleSelectors({ match }: SecretPolicySpec): Problem[] {
  return (['namespaceSelector', 'labelSelector'] as const).flatMap((selector) =>
    (match[selector]?.matchExpressions ?? []).flatMap(({ operator, values = [] }, index) => {
      const needsValues = operator === 'In' || operator === 'NotIn';
      if (needsValues === values.length > 0) return [];
      const message = needsValues ? `${operator} needs values` : `${operator} takes no values: remove them`;
      return [{ path: ['spec', 'match', selector, 'matchExpressions', index, 'values'], message }];
    }),
  );
}

/**
 * The conditions that depend on other rules. A condition reads a base key that always has its entry, so its answer is
 * known before any other step.
 */
function conditionProblems({ keys }: SecretPolicySpec): Problem[] {
  return Object.entries(keys).flatMap(([name, { when }]) => {
    if (when === undefined) return [];
    const at = (message: string, ...path: readonly string[]): Problem[] => [
      { path: ['spec', 'keys', name, 'when', ...path], message },
    ];
    const count = [when.is, when.isNot, when.present].filter((one) => one !== undefined).length;
    if (count !== 1) return at('needs one of is, isNot and present, such as "is: production"');
    if (when.key === name) return at('is the key itself: name another one', 'key');
    const other = Object.hasOwn(keys, when.key) ? keys[when.key] : undefined;
    const fault = other === undefined ? 'is not under keys: add it there' : faultOf(other, when.present);
    return fault === undefined ? [] : at(fault, 'key');
  });
}

function faultOf(other: KeySpec, present: boolean | undefined): string | undefined {
  if (other.derive !== undefined || other.generate !== undefined)
    return 'is derived or generated: name a base key that the team sets';
  if (other.when !== undefined) return 'has a condition itself: name a key without one';
  return present === false && other.required
    ? 'is required, so it is never absent: remove the condition, or make the key optional'
    : undefined;
}

/**
 * Every key whose templates lead back to itself, by Tarjan's strongly connected components (1972). Each key is visited
 * once. The recursion is as deep as the longest chain of derived keys. The schema allows a thousand.
 */
function cyclicKeys(templates: ReadonlyMap<string, DerivationTemplate>): readonly string[] {
  const order = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  const cyclic = new Set<string>();

  /** The earliest open key that is reachable from this one. */
  const visit = (key: string): number => {
    const index = order.size;
    order.set(key, index);
    const height = open.push(key) - 1;
    isOpen.add(key);
    let earliest = index;
    for (const { name } of templates.get(key)?.references ?? []) {
      if (!templates.has(name)) continue;
      if (name === key) cyclic.add(key);
      const seen = order.get(name);
      if (seen === undefined) earliest = Math.min(earliest, visit(name));
      else if (isOpen.has(name)) earliest = Math.min(earliest, seen);
    }
    if (earliest === index) {
      const component = open.splice(height);
      for (const member of component) {
        isOpen.delete(member);
        if (component.length > 1) cyclic.add(member);
      }
    }
    return earliest;
  };

  for (const key of templates.keys()) if (!order.has(key)) visit(key);
  return [...templates.keys()].filter((key) => cyclic.has(key));
}
