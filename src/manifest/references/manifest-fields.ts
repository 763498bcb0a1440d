import type { ObjectFields, PlacedText } from '../../engine/references/object-fields.ts';
import { entriesOf, isTrueAt, type MapEntry, textAt, valueAt } from '../object/entries.ts';
import { type Node, resolveAlias } from '../yaml/node.ts';
import { resolveScalar } from '../yaml/scalar.ts';

/** The fields of a map in a manifest, with their positions. */
export const manifestFields = (entries: ReadonlyMap<string, MapEntry>): ObjectFields => ({
  keys: () => entries.keys(),
  text: (key) => textAt(entries, key),
  isTrue: (key) => isTrueAt(entries, key),
  map: (key) => {
    const node = valueAt(entries, key);
    return node?.kind === 'map' ? manifestFields(entriesOf(node)) : undefined;
  },
  maps: (key) => mapsIn(itemsAt(entries, key)),
  texts: (key) => textsIn(itemsAt(entries, key)),
  offset: (key) => entries.get(key)?.keyNode.start ?? 0,
});

function itemsAt(entries: ReadonlyMap<string, MapEntry>, key: string): readonly Node[] {
  const list = valueAt(entries, key);
  return list?.kind === 'seq' ? list.items : [];
}

function* mapsIn(items: readonly Node[]): Generator<ObjectFields> {
  for (const item of items) {
    const node = resolveAlias(item);
    if (node?.kind === 'map') yield manifestFields(entriesOf(node));
  }
}

function* textsIn(items: readonly Node[]): Generator<PlacedText> {
  for (const item of items) {
    const node = resolveAlias(item);
    const meaning = node?.kind === 'scalar' ? resolveScalar(node) : undefined;
    if (meaning?.type === 'string') yield { text: meaning.text, offset: item.start };
  }
}
