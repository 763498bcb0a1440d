import { isMerge } from '../yaml/alias-check.ts';
import { type MapNode, meant, type Node } from '../yaml/node.ts';
import { meaningOf } from '../yaml/scalar.ts';

/** One key of a map, as kubectl sees it. */
export interface Entry {
  readonly key: string;
  /** How the key is written, where that reads as a number or a boolean and so becomes another name. */
  readonly coercedFrom: string | undefined;
  readonly keyNode: Node;
  /** As written: perhaps an alias. */
  readonly value: Node;
  /** Written in the map itself, not merged into it. */
  readonly own: boolean;
  /** The places of the same key before this one: they don't count. */
  readonly before: readonly Node[];
}

/**
 * The keys of a map, of one name the last. What `<<` brings overwrites the keys before it and is overwritten by those after it, as in Go's library; YAML
 * would have it otherwise. A map: `__proto__` is a key like any other.
 */
export function entriesOf(map: MapNode): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  collect(map, true, entries);
  return entries;
}

function collect(map: MapNode, own: boolean, entries: Map<string, Entry>): void {
  for (const { key: keyNode, value } of map.pairs) {
    if (isMerge(keyNode)) merge(value, entries);
    else {
      const { key, coercedFrom } = nameOf(keyNode);
      const last = entries.get(key);
      const before = own && last?.own === true ? [...last.before, last.keyNode] : [];
      entries.set(key, { key, coercedFrom, keyNode, value, own, before: before.slice(0, REPEATS) });
    }
  }
}

/** Places to tell of a key that is repeated without end. */
const REPEATS = 8;

function merge(value: Node, entries: Map<string, Entry>): void {
  const merged = meant(value);
  if (merged?.kind === 'map') collect(merged, false, entries);
  // Of a list the first counts most, so it comes last.
  if (merged?.kind === 'seq') for (const item of merged.items.toReversed()) merge(item, entries);
}

function nameOf(node: Node): Pick<Entry, 'key' | 'coercedFrom'> {
  const name = meant(node);
  if (name?.kind !== 'scalar') return { key: '', coercedFrom: undefined };
  const meaning = meaningOf(name);
  const key = meaning.is === 'null' || meaning.is === 'invalid' ? '' : meaning.text;
  const isCoerced = meaning.is !== 'string' && key !== name.text;
  return { key, coercedFrom: isCoerced ? name.text : undefined };
}

/** The text of a field, where it is text. */
export function textAt(fields: ReadonlyMap<string, Entry>, key: string): string | undefined {
  const node = valueAt(fields, key);
  if (node?.kind !== 'scalar') return undefined;
  const meaning = meaningOf(node);
  return meaning.is === 'string' ? meaning.text : undefined;
}

/** The value of a field, behind its alias. */
export function valueAt(fields: ReadonlyMap<string, Entry>, key: string) {
  const entry = fields.get(key);
  return entry === undefined ? undefined : meant(entry.value);
}

/** The entries of a field that is a map; none where it is something else. */
export function fieldsAt(fields: ReadonlyMap<string, Entry>, key: string): ReadonlyMap<string, Entry> {
  const node = valueAt(fields, key);
  return node?.kind === 'map' ? entriesOf(node) : NONE;
}

const NONE: ReadonlyMap<string, Entry> = new Map();
