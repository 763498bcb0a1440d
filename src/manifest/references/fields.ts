import { entriesOf, type MapEntry, valueAt } from '../object/entries.ts';
import { resolveAlias } from '../yaml/node.ts';

export type Fields = ReadonlyMap<string, MapEntry>;

/** The maps in the list of a field. Other items are left out. */
export function* itemsAt(fields: Fields, key: string): Generator<Fields> {
  const list = valueAt(fields, key);
  if (list?.kind !== 'seq') return;
  for (const item of list.items) {
    const node = resolveAlias(item);
    if (node?.kind === 'map') yield entriesOf(node);
  }
}

/** The map at the end of a path of fields. Undefined if there is none. */
export function fieldsAlong(fields: Fields, path: readonly string[]): Fields | undefined {
  let found: Fields | undefined = fields;
  for (const step of path) {
    const node: ReturnType<typeof valueAt> = found === undefined ? undefined : valueAt(found, step);
    found = node?.kind === 'map' ? entriesOf(node) : undefined;
  }
  return found;
}
