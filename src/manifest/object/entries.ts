import { isMergeKey } from '../yaml/alias-check.ts';
import { type MapNode, type Node, resolveAlias } from '../yaml/node.ts';
import { resolveScalar } from '../yaml/scalar.ts';

/** One key of a map, as kubectl sees it. */
export interface MapEntry {
  readonly key: string;
  /** The spelling of a key that kubectl reads as a number or a boolean, and that becomes another name. */
  readonly coercedFrom: string | undefined;
  readonly keyNode: Node;
  /** The node as written, which can be an alias. */
  readonly value: Node;
  /** Written in the map itself, and not merged by `<<`. */
  readonly isOwn: boolean;
  /** Positions of earlier entries with the same key. They have no effect. */
  readonly duplicates: readonly Node[];
}

/** The fields of an object by their names. */
export type Fields = ReadonlyMap<string, MapEntry>;

/**
 * The keys of a map; the last entry of a name counts. Keys from `<<` overwrite the keys before them, and later keys
 * overwrite those, as in Go's library. YAML defines another order. The result is a Map, because `__proto__` is a valid
 * key.
 */
export function entriesOf(map: MapNode): Fields {
  let entries = known.get(map);
  if (entries === undefined) {
    entries = new Map();
    collectEntries(map, true, entries);
    known.set(map, entries);
  }
  return entries;
}

/** Several checks ask for the entries of one map, which may be 100,000. */
const known = new WeakMap<MapNode, Map<string, MapEntry>>();

function collectEntries(map: MapNode, isOwn: boolean, entries: Map<string, MapEntry>): void {
  for (const { key: keyNode, value } of map.pairs) {
    if (isMergeKey(keyNode)) mergeEntries(value, entries);
    else {
      const { key, coercedFrom } = keyNameOf(keyNode);
      const last = entries.get(key);
      const duplicates = isOwn && last?.isOwn === true ? withDuplicate(last) : NO_DUPLICATES;
      entries.set(key, { key, coercedFrom, keyNode, value, isOwn, duplicates });
    }
  }
}

/** Limit of positions that are kept of a repeated key. */
const MAX_DUPLICATES = 8;
const NO_DUPLICATES: readonly Node[] = [];

const withDuplicate = ({ duplicates, keyNode }: MapEntry): readonly Node[] =>
  duplicates.length === MAX_DUPLICATES ? duplicates : [...duplicates, keyNode];

function mergeEntries(value: Node, entries: Map<string, MapEntry>): void {
  const source = resolveAlias(value);
  if (source?.kind === 'map') collectEntries(source, false, entries);
  // The first map of a list takes precedence, so that it is merged last.
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

/** The text of a field. Undefined if it is no text. */
export const textAt = (fields: Fields, key: string): string | undefined => textOf(fields.get(key)?.value);

export function textOf(node: Node | undefined): string | undefined {
  const scalar = node && resolveAlias(node);
  const meaning = scalar?.kind === 'scalar' ? resolveScalar(scalar) : undefined;
  return meaning?.type === 'string' ? meaning.text : undefined;
}

/** Whether the field is the boolean `true`, in any of its spellings. */
export function isTrueAt(fields: Fields, key: string): boolean {
  const node = valueAt(fields, key);
  if (node?.kind !== 'scalar') return false;
  const meaning = resolveScalar(node);
  return meaning.type === 'boolean' && meaning.text === 'true';
}

/** The value of a field, with its alias resolved. */
export function valueAt(fields: Fields, key: string) {
  const entry = fields.get(key);
  return entry === undefined ? undefined : resolveAlias(entry.value);
}

/** The entries of a field, without a directive of a patch. Empty if the field is no map. */
export function fieldsAt(fields: Fields, key: string): Fields {
  const node = valueAt(fields, key);
  return node?.kind === 'map' ? withoutDirective(entriesOf(node)) : NO_ENTRIES;
}

/** A strategic merge patch of kustomize says with this key what becomes of the map that it stands in. */
const PATCH = '$patch';
const DIRECTIVES: ReadonlySet<string | undefined> = new Set(['delete', 'replace', 'merge']);

/** The directive of a patch in this map. */
export function patchDirectiveIn(entries: Fields): string | undefined {
  if (!entries.has(PATCH)) return undefined;
  const directive = textAt(entries, PATCH);
  return DIRECTIVES.has(directive) ? directive : undefined;
}

export function withoutDirective(entries: Fields): Fields {
  if (patchDirectiveIn(entries) === undefined) return entries;
  return new Map([...entries].filter(([key]) => key !== PATCH));
}

const NO_ENTRIES: Fields = new Map();
