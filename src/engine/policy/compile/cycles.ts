import type { DerivationTemplate } from '../template.ts';

/**
 * Every key whose templates lead back to itself, by Tarjan's strongly connected components (1972). Each key is visited
 * once. The recursion is as deep as the longest chain of derived keys. The schema allows a thousand.
 */
export function cyclicKeys(templates: ReadonlyMap<string, DerivationTemplate>): readonly string[] {
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
