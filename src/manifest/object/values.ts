import { Buffer } from 'node:buffer';
import { readBase64 } from '../../engine/secret/base64.ts';
import { Sensitive } from '../../engine/secret/sensitive.ts';
import { resolveAlias, type ScalarNode } from '../yaml/node.ts';
import { resolveScalar } from '../yaml/scalar.ts';
import { duplicateKeyFaults } from './duplicate-keys.ts';
import type { Fields, MapEntry } from './entries.ts';
import type { StructureRule } from './manifest-secret.ts';
import { ignoredFault, type OffsetFault, rejectedFault } from './offset-fault.ts';
import { isRendererReference } from './renderer-reference.ts';

export interface ManifestValues {
  readonly data: ReadonlyMap<string, Sensitive>;
  /** Keys whose value can't be decoded: `data` has the text as it is written. */
  readonly undecoded: ReadonlySet<string>;
  /** Position of the entry that takes effect, for each key. */
  readonly offsets: ReadonlyMap<string, number>;
  readonly faults: readonly OffsetFault[];
}

/** `data` with `stringData` merged over it, and the faults of both. */
export function readValues(data: Fields, stringData: Fields, allowReferences: boolean): ManifestValues {
  const values = new Map<string, Sensitive>();
  const offsets = new Map<string, number>();
  const faults: OffsetFault[] = [];
  const undecoded = new Set<string>();
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
      if (reading.written !== undefined && !values.has(key)) {
        values.set(key, reading.written);
        undecoded.add(key);
      }
      return;
    }
    if (values.has(key) && !undecoded.delete(key)) {
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
  return { data: values, undecoded, offsets, faults };
}

/** Faults of a value that leave no value to validate. The text that is written stands for it. */
export const UNREAD_VALUE: ReadonlySet<StructureRule> = new Set(['invalid-base64', 'not-a-string']);

type ValueResult = { readonly value: Sensitive } | UndecodedValue;

interface UndecodedValue {
  readonly fault: (entry: MapEntry) => OffsetFault;
  /** The text as it is written. Undefined if the key has no value. */
  readonly written?: Sensitive;
}

function readEntry(
  entry: MapEntry,
  cache: Map<ScalarNode, ValueResult>,
  read: (node: ScalarNode) => ValueResult,
): ValueResult {
  const node = resolveAlias(entry.value);
  if (node?.kind !== 'scalar')
    return notAString(node?.kind === 'seq' ? 'a list' : 'a map', BLOCK_FIX, NO_TEXT);
  const result = cache.get(node) ?? read(node);
  if (node.anchored) cache.set(node, result);
  return result;
}

function fromText(node: ScalarNode): ValueResult {
  const meaning = resolveScalar(node);
  if (meaning.type === 'string') return { value: Sensitive.fromText(meaning.text) };
  return meaning.type === 'null'
    ? NULL_VALUE
    : notAString(`a ${meaning.type}`, QUOTE_FIX, Sensitive.fromText(node.text));
}

function fromBase64(node: ScalarNode): ValueResult {
  const meaning = resolveScalar(node);
  if (meaning.type === 'null') return NULL_VALUE;
  if (meaning.type !== 'string')
    return notAString(
      `a ${meaning.type}`,
      'put it under stringData, in quotes',
      Sensitive.fromText(node.text),
    );
  const base64 = readBase64(meaning.text);
  return base64 === undefined
    ? { ...NOT_BASE64, written: Sensitive.fromText(meaning.text) }
    : { value: Sensitive.fromBase64(canonicalBase64(base64)) };
}

/** Go drops loose bits after the last byte, so that the API server returns the value without them. */
function canonicalBase64(base64: string): string {
  if (!base64.endsWith('=')) return base64;
  const last = Buffer.from(base64.slice(-4), 'base64').toString('base64');
  return base64.slice(0, -4) + last;
}

const QUOTE_FIX = 'put it in quotes';
const BLOCK_FIX = 'write it as text: a block that begins with |';

/** A list or a map is no text: one byte that is none stands for it. */
const NO_TEXT = Sensitive.fromBytes(Uint8Array.of(0xff));

const notAString = (what: string, fix: string, written: Sensitive): ValueResult => ({
  written,
  fault: ({ key, keyNode }) =>
    rejectedFault('not-a-string', key, `is ${what}, and a Secret holds text`, fix, keyNode.start),
});

const NULL_VALUE: UndecodedValue = {
  fault: ({ key, keyNode }) =>
    ignoredFault(
      'dropped-value',
      key,
      'has no value: kubectl apply drops it, and kubectl create stores it empty',
      'give it a value, or "" if it is empty on purpose',
      keyNode.start,
    ),
};

const NOT_BASE64: UndecodedValue = {
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
