import { Buffer } from 'node:buffer';
import { classifyPlaceholder } from '../../engine/placeholder/classify.ts';
import { readBase64 } from '../../engine/secret/base64.ts';
import { Sensitive } from '../../engine/secret/sensitive.ts';
import { resolveAlias, type ScalarNode } from '../yaml/node.ts';
import { resolveScalar } from '../yaml/scalar.ts';
import type { MapEntry } from './entries.ts';
import { ignoredFault, type OffsetFault, rejectedFault } from './offset-fault.ts';
import { duplicateKeyFaults } from './structure-faults.ts';

export interface ManifestValues {
  readonly data: ReadonlyMap<string, Sensitive>;
  /** Position of the entry that takes effect, for each key. */
  readonly offsets: ReadonlyMap<string, number>;
  readonly faults: readonly OffsetFault[];
}

/** `data` with `stringData` merged over it, and the faults of both. */
export function readValues(
  data: ReadonlyMap<string, MapEntry>,
  stringData: ReadonlyMap<string, MapEntry>,
  allowReferences: boolean,
): ManifestValues {
  const values = new Map<string, Sensitive>();
  const offsets = new Map<string, number>();
  const faults: OffsetFault[] = [];
  // A value that aliases repeat is encoded once.
  const cache = new Map<ScalarNode, ValueResult>();

  function addEntry(entry: MapEntry, read: (node: ScalarNode) => ValueResult): void {
    const { key, keyNode } = entry;
    const reading = allowReferences
      ? acceptReference(entry, readEntry(entry, cache, read))
      : readEntry(entry, cache, read);
    // The name of a dropped entry is not checked.
    if (reading !== NULL_VALUE) faults.push(...keyFaults(entry));
    if ('fault' in reading) {
      offsets.set(key, offsets.get(key) ?? keyNode.start);
      faults.push(reading.fault(entry));
      return;
    }
    if (values.has(key)) {
      const at = offsets.get(key) ?? keyNode.start;
      const message = 'stands under data and under stringData, and stringData wins';
      faults.push(ignoredFault('duplicate-key', key, message, 'remove one of the two', at));
    }
    values.set(key, reading.value);
    offsets.set(key, keyNode.start);
  }

  for (const entry of data.values()) addEntry(entry, fromBase64);
  cache.clear();
  for (const entry of stringData.values()) addEntry(entry, fromText);
  faults.push(...duplicateKeyFaults(data, ''), ...duplicateKeyFaults(stringData, ''));
  return { data: values, offsets, faults };
}

type ValueResult = { readonly value: Sensitive } | { readonly fault: (entry: MapEntry) => OffsetFault };

function readEntry(
  entry: MapEntry,
  cache: Map<ScalarNode, ValueResult>,
  read: (node: ScalarNode) => ValueResult,
): ValueResult {
  const node = resolveAlias(entry.value);
  if (node?.kind !== 'scalar') return notAString(node?.kind === 'seq' ? 'a list' : 'a map', BLOCK_FIX);
  const result = cache.get(node) ?? read(node);
  if (node.anchored) cache.set(node, result);
  return result;
}

function fromText(node: ScalarNode): ValueResult {
  const meaning = resolveScalar(node);
  if (meaning.type === 'string') return { value: Sensitive.fromText(meaning.text) };
  return meaning.type === 'null' ? NULL_VALUE : notAString(`a ${meaning.type}`, QUOTE_FIX);
}

function fromBase64(node: ScalarNode): ValueResult {
  const meaning = resolveScalar(node);
  if (meaning.type === 'null') return NULL_VALUE;
  if (meaning.type !== 'string') return notAString(`a ${meaning.type}`, 'put it under stringData, in quotes');
  const base64 = readBase64(meaning.text);
  return base64 === undefined ? NOT_BASE64 : { value: Sensitive.fromBase64(canonicalBase64(base64)) };
}

/** Go drops loose bits after the last byte, so that the API server returns the value without them. */
function canonicalBase64(base64: string): string {
  if (!base64.endsWith('=')) return base64;
  const last = Buffer.from(base64.slice(-4), 'base64').toString('base64');
  return base64.slice(0, -4) + last;
}

const QUOTE_FIX = 'put it in quotes';
const BLOCK_FIX = 'write it as text: a block that begins with |';

const notAString = (what: string, fix: string): ValueResult => ({
  fault: ({ key, keyNode }) =>
    rejectedFault('not-a-string', key, `is ${what}, and a Secret holds text`, fix, keyNode.start),
});

const NULL_VALUE: ValueResult = {
  fault: ({ key, keyNode }) =>
    ignoredFault(
      'dropped-value',
      key,
      'has no value: kubectl apply drops it, and kubectl create stores it empty',
      'give it a value, or "" if it is empty on purpose',
      keyNode.start,
    ),
};

const NOT_BASE64: ValueResult = {
  fault: ({ key, keyNode }) =>
    rejectedFault(
      'invalid-base64',
      key,
      'is under data and is not base64',
      'put the plain text under stringData, or encode it: printf %s VALUE | base64 -w0',
      keyNode.start,
    ),
};

function* keyFaults({ key, coercedFrom, keyNode: { start } }: MapEntry): Generator<OffsetFault> {
  if (coercedFrom !== undefined) {
    const message = `is what YAML reads where ${coercedFrom} is written`;
    yield ignoredFault('coerced-key', key, message, `put the key in quotes: "${coercedFrom}"`, start);
  }
  if (/^[-._a-zA-Z\d]{1,253}$/.test(key) && !/^(?:\.$|\.\.)/.test(key)) return;
  const fix = 'use letters, digits, "-", "_" and "." only, at most 253';
  yield rejectedFault('invalid-key', key, 'is no key that Kubernetes allows', fix, start);
}

/** A later tool replaces a reference under `data` with base64. */
function acceptReference(entry: MapEntry, reading: ValueResult): ValueResult {
  const node = resolveAlias(entry.value);
  if ('value' in reading || node?.kind !== 'scalar') return reading;
  return isRendererReference(node.text, entry.key) ? { value: Sensitive.fromText(node.text) } : reading;
}

/** Whether a later renderer replaces the text or a part of it. No name and no base64 contains these characters. */
export function isRendererReference(text: string, key: string): boolean {
  if (/\$\{[^}]*\}|\$\(\w+\)|\{\{.*\}\}|<(?:path|vault):/.test(text.slice(0, MAX_REFERENCE_LENGTH)))
    return true;
  const rule = classifyPlaceholder(text, { role: 'name', key })?.rule;
  return rule === 'unrendered-template' || rule === 'unresolved-reference';
}

/** Limit in characters. References are shorter in practice. */
const MAX_REFERENCE_LENGTH = 4096;
