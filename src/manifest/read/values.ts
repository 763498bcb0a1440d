import { Buffer } from 'node:buffer';
import { judgePlaceholder } from '../../engine/placeholder/classify.ts';
import { readBase64 } from '../../engine/secret/base64.ts';
import { Sensitive } from '../../engine/secret/sensitive.ts';
import { meant, type ScalarNode } from '../yaml/node.ts';
import { meaningOf } from '../yaml/scalar.ts';
import type { Entry } from './entries.ts';
import { type Fault, refused, repeated, swallowed } from './structure-faults.ts';

export interface Values {
  readonly data: ReadonlyMap<string, Sensitive>;
  /** Where each key stands that counts. */
  readonly places: ReadonlyMap<string, number>;
  readonly faults: readonly Fault[];
}

/** `data` with `stringData` merged over it, and what is wrong with both. */
export function valuesOf(
  data: ReadonlyMap<string, Entry>,
  stringData: ReadonlyMap<string, Entry>,
  allowReferences: boolean,
): Values {
  const values = new Map<string, Sensitive>();
  const places = new Map<string, number>();
  const faults: Fault[] = [];
  // What an alias repeats is encoded once.
  const known = new Map<ScalarNode, Reading>();

  function take(entry: Entry, read: (node: ScalarNode) => Reading): void {
    const { key, keyNode } = entry;
    const reading = allowReferences
      ? asReference(entry, readEntry(entry, known, read))
      : readEntry(entry, known, read);
    // What is dropped may be called as it likes.
    if (reading !== DROPPED) faults.push(...keyFaults(entry));
    if ('fault' in reading) {
      places.set(key, places.get(key) ?? keyNode.start);
      faults.push(reading.fault(entry));
      return;
    }
    if (values.has(key)) {
      const at = places.get(key) ?? keyNode.start;
      const message = 'stands under data and under stringData, and stringData wins';
      faults.push(swallowed('duplicate-key', key, message, 'remove one of the two', at));
    }
    values.set(key, reading.value);
    places.set(key, keyNode.start);
  }

  for (const entry of data.values()) take(entry, fromBase64);
  known.clear();
  for (const entry of stringData.values()) take(entry, fromText);
  faults.push(...repeated(data, ''), ...repeated(stringData, ''));
  return { data: values, places, faults };
}

type Reading = { readonly value: Sensitive } | { readonly fault: (entry: Entry) => Fault };

function readEntry(
  entry: Entry,
  known: Map<ScalarNode, Reading>,
  read: (node: ScalarNode) => Reading,
): Reading {
  const node = meant(entry.value);
  if (node?.kind !== 'scalar') return notAString(node?.kind === 'seq' ? 'a list' : 'a map', BLOCK);
  const found = known.get(node) ?? read(node);
  if (node.anchored) known.set(node, found);
  return found;
}

function fromText(node: ScalarNode): Reading {
  const meaning = meaningOf(node);
  if (meaning.is === 'string') return { value: Sensitive.fromText(meaning.text) };
  return meaning.is === 'null' ? DROPPED : notAString(`a ${meaning.is}`, QUOTES);
}

function fromBase64(node: ScalarNode): Reading {
  const meaning = meaningOf(node);
  if (meaning.is === 'null') return DROPPED;
  if (meaning.is !== 'string') return notAString(`a ${meaning.is}`, 'put it under stringData, in quotes');
  const base64 = readBase64(meaning.text);
  return base64 === undefined ? NOT_BASE64 : { value: Sensitive.fromBase64(canonical(base64)) };
}

/** Go drops loose bits behind the last byte; the API server then gives the value without them. */
function canonical(base64: string): string {
  if (!base64.endsWith('=')) return base64;
  const last = Buffer.from(base64.slice(-4), 'base64').toString('base64');
  return base64.slice(0, -4) + last;
}

const QUOTES = 'put it in quotes';
const BLOCK = 'write it as text: a block that begins with |';

const notAString = (what: string, fix: string): Reading => ({
  fault: ({ key, keyNode }) =>
    refused('not-a-string', key, `is ${what}, and a Secret holds text`, fix, keyNode.start),
});

const DROPPED: Reading = {
  fault: ({ key, keyNode }) =>
    swallowed(
      'dropped-value',
      key,
      'has no value: kubectl apply drops it, and kubectl create stores it empty',
      'give it a value, or "" if it is empty on purpose',
      keyNode.start,
    ),
};

const NOT_BASE64: Reading = {
  fault: ({ key, keyNode }) =>
    refused(
      'invalid-base64',
      key,
      'is under data and is not base64',
      'put the plain text under stringData, or encode it: printf %s VALUE | base64 -w0',
      keyNode.start,
    ),
};

function* keyFaults({ key, coercedFrom, keyNode: { start } }: Entry): Generator<Fault> {
  if (coercedFrom !== undefined) {
    const message = `is what YAML reads where ${coercedFrom} is written`;
    yield swallowed('coerced-key', key, message, `put the key in quotes: "${coercedFrom}"`, start);
  }
  if (/^[-._a-zA-Z\d]{1,253}$/.test(key) && !/^(?:\.$|\.\.)/.test(key)) return;
  const fix = 'use letters, digits, "-", "_" and "." only, at most 253';
  yield refused('invalid-key', key, 'is no key that Kubernetes allows', fix, start);
}

/** A tool will put base64 where a reference stands under `data` as it is. */
function asReference(entry: Entry, reading: Reading): Reading {
  const node = meant(entry.value);
  if ('value' in reading || node?.kind !== 'scalar') return reading;
  return namesAnother(node.text, entry.key) ? { value: Sensitive.fromText(node.text) } : reading;
}

/** Whether a later renderer will replace the text, or a piece of it. No name and no base64 has such signs. */
export function namesAnother(text: string, key: string): boolean {
  if (/\$\{[^}]*\}|\$\(\w+\)|\{\{.*\}\}|<(?:path|vault):/.test(text.slice(0, LONGEST))) return true;
  const rule = judgePlaceholder(text, { role: 'name', key })?.rule;
  return rule === 'unrendered-template' || rule === 'unresolved-reference';
}

/** Nobody writes a longer reference. */
const LONGEST = 4096;
