import { isMergeKey } from '../yaml/alias-check.ts';
import { type MapNode, type Node, resolveAlias } from '../yaml/node.ts';
import { resolveScalar } from '../yaml/scalar.ts';

/** One key of a map, as kubectl sees it. */
export interface MapEntry {
  readonly key: string;
  /** How the key is written, where that reads as a number or a boolean and so becomes another name. */
  readonly coercedFrom: string | undefined;
  readonly keyNode: Node;
  /** As written: perhaps an alias. */
  readonly value: Node;
  /** Written in the map itself, not merged into it. */
  readonly isOwn: boolean;
  /** The places of the same key before this one: they don't count. */
  readonly duplicates: readonly Node[];
}

/**
 * The keys of a map, of one name the last. What `<<` brings overwrites the keys before it and is overwritten by those after it, as in Go's library; YAML
 * would have it otherwise. A map: `__proto__` is a key like any other.
 */
export function entriesOf(map: MapNode): ReadonlyMap<string, MapEntry> {
  const entries = new Map<string, MapEntry>();
  collectEntries(map, true, entries);
  return entries;
}

function collectEntries(map: MapNode, isOwn: boolean, entries: Map<string, MapEntry>): void {
  for (const { key: keyNode, value } of map.pairs) {
    if (isMergeKey(keyNode)) mergeEntries(value, entries);
    else {
      const { key, coercedFrom } = keyNameOf(keyNode);
      const last = entries.get(key);
      const duplicates = isOwn && last?.isOwn === true ? [...last.duplicates, last.keyNode] : [];
      entries.set(key, {
        key,
        coercedFrom,
        keyNode,
        value,
        isOwn,
        duplicates: duplicates.slice(0, MAX_DUPLICATES),
      });
    }
  }
}

/** Places to tell of a key that is repeated without end. */
const MAX_DUPLICATES = 8;

function mergeEntries(value: Node, entries: Map<string, MapEntry>): void {
  const source = resolveAlias(value);
  if (source?.kind === 'map') collectEntries(source, false, entries);
  // Of a list the first counts most, so it comes last.
  if (source?.kind === 'seq') for (const item of source.items.toReversed()) mergeEntries(item, entries);
}

function keyNameOf(node: Node): Pick<MapEntry, 'key' | 'coercedFrom'> {
  const name = resolveAlias(node);
  if (name?.kind !== 'scalar') return { key: '', coercedFrom: undefined };
  const meaning = resolveScalar(name);
  const key = meaning.type === 'null' || meaning.type === 'invalid' ? '' : meaning.text;
  const isCoerced = meaning.type !== 'string' && key !== name.text;
  return { key, coercedFrom: isCoerced ? name.text : undefined };
}

/** The text of a field, where it is text. */
export function textAt(fields: ReadonlyMap<string, MapEntry>, key: string): string | undefined {
  const node = valueAt(fields, key);
  if (node?.kind !== 'scalar') return undefined;
  const meaning = resolveScalar(node);
  return meaning.type === 'string' ? meaning.text : undefined;
}

/** The value of a field, behind its alias. */
export function valueAt(fields: ReadonlyMap<string, MapEntry>, key: string) {
  const entry = fields.get(key);
  return entry === undefined ? undefined : resolveAlias(entry.value);
}

/** The entries of a field that is a map; none where it is something else. */
export function fieldsAt(fields: ReadonlyMap<string, MapEntry>, key: string): ReadonlyMap<string, MapEntry> {
  const node = valueAt(fields, key);
  return node?.kind === 'map' ? entriesOf(node) : NO_ENTRIES;
}

const NO_ENTRIES: ReadonlyMap<string, MapEntry> = new Map();
