import type { Loose } from '../cluster/kustomize.ts';

/**
 * The value at a place such as `spec.containers.webhook.env.LOCKSTEP_PORT`: a segment that is no index finds an item
 * of a list by its name. `~` is a dot inside a name.
 */
export const valueAt = (object: Loose, place: string): unknown =>
  place
    .split('.')
    .map((segment) => segment.replaceAll('~', '.'))
    .reduce(
      (value: Loose, segment) =>
        Array.isArray(value) && !/^\d+$/.test(segment)
          ? value.find(({ name }) => name === segment)
          : value?.[segment],
      object,
    );

/** The object without these places, for the comparison of all others. */
export function withoutPlaces(object: Loose, places: readonly string[]): Loose {
  const copy = structuredClone(object);
  for (const place of places) {
    const [last = '', ...parents] = place.split('.').reverse();
    const parent = parents.length === 0 ? copy : (valueAt(copy, parents.reverse().join('.')) as Loose);
    if (parent === undefined) continue;
    const name = last.replaceAll('~', '.');
    if (!Array.isArray(parent)) delete parent[name];
    else {
      const index = /^\d+$/.test(name) ? Number(name) : parent.findIndex((each) => each.name === name);
      if (index >= 0) parent.splice(index, 1);
    }
  }
  return copy;
}
