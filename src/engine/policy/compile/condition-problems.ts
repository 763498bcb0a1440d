import type { KeySpec } from '../schema/key-schema.ts';
import type { Problem } from '../schema/problem.ts';
import type { SecretPolicySpec } from '../schema/schema.ts';

/**
 * The conditions that depend on other rules. A condition reads a base key that always has its entry, so its answer is
 * known before any other step.
 */
export function conditionProblems({ keys }: SecretPolicySpec): Problem[] {
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
