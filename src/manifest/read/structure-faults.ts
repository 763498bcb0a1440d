import { meaningOf } from '../yaml/scalar.ts';
import { type Entry, fieldsAt, textAt, valueAt } from './entries.ts';
import type { Kind } from './kinds.ts';
import type { FormFault, FormRule } from './manifest-secret.ts';
import type { ManifestObject } from './objects.ts';

/** A fault of the form, with its place still an offset. */
export interface Fault extends Omit<FormFault, 'place'> {
  readonly at: number;
}

export const refused = (rule: FormRule, key: string, message: string, fix: string, at: number): Fault => ({
  rule,
  key,
  refused: true,
  message,
  fix,
  at,
});

export const swallowed = (rule: FormRule, key: string, message: string, fix: string, at: number): Fault => ({
  ...refused(rule, key, message, fix, at),
  refused: false,
});

/** What is wrong with a Secret's manifest outside of `data` and `stringData`. `isReference` tells a name that is rendered later. */
export function formFaults(
  object: ManifestObject,
  kind: Kind,
  isReference: (name: string) => boolean,
): readonly Fault[] {
  const { fields, node } = object;
  const metadata = fieldsAt(fields, 'metadata');
  return [
    ...kindFaults(object, kind),
    ...unknownFields(fields, FIELDS, ''),
    ...unknownFields(metadata, METADATA, 'metadata.'),
    ...repeated(fields, ''),
    ...repeated(metadata, 'metadata.'),
    ...nameFaults(fields, metadata, node.start, isReference),
    ...typeFaults(fields, metadata),
  ];
}

/** core/v1 Secret, and meta/v1 ObjectMeta, of Kubernetes 1.37. */
const FIELDS = ['apiVersion', 'kind', 'metadata', 'data', 'stringData', 'type', 'immutable'];
const METADATA = [
  ...['name', 'generateName', 'namespace', 'labels', 'annotations', 'finalizers', 'ownerReferences', 'uid'],
  ...[
    'resourceVersion',
    'generation',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ],
  ...['selfLink', 'managedFields'],
];

function kindFaults({ fields, node }: ManifestObject, kind: Kind): readonly Fault[] {
  if (kind !== 'almost-secret') return [];
  const field = textAt(fields, 'kind') === 'Secret' ? 'apiVersion' : 'kind';
  const at = fields.get(field)?.keyNode.start ?? node.start;
  const message = fields.has(field) ? 'is not quite that of a Secret' : 'is missing';
  return [refused('unknown-kind', field, message, 'write apiVersion: v1 and kind: Secret', at)];
}

function* unknownFields(
  fields: ReadonlyMap<string, Entry>,
  known: readonly string[],
  path: string,
): Generator<Fault> {
  for (const { key, keyNode } of fields.values()) {
    if (known.includes(key)) continue;
    // kubectl apply does not send what is null.
    const tell = isOf(fields, key) === 'null' ? swallowed : refused;
    const meant = known.find((name) => name.toLowerCase() === key.toLowerCase().replaceAll(/[-_]/g, ''));
    const fix = meant === undefined ? UNKNOWN_FIX : `spell it ${meant}`;
    yield tell(
      'unknown-field',
      `${path}${key}`,
      'is a field that a Secret does not have',
      fix,
      keyNode.start,
    );
  }
}

const UNKNOWN_FIX = 'remove it, or indent it under stringData: or metadata: if it belongs there';

export function* repeated(fields: ReadonlyMap<string, Entry>, path: string): Generator<Fault> {
  for (const { key, before } of fields.values()) {
    for (const { start } of before) {
      const message = 'is written twice, and kubectl keeps only the last one';
      yield swallowed('duplicate-key', `${path}${key}`, message, 'remove one of the two', start);
    }
  }
}

/** RFC 1123, as Kubernetes checks it. */
const NAME = /^(?=.{1,253}$)[a-z\d](?:[-a-z\d]*[a-z\d])?(?:\.[a-z\d](?:[-a-z\d]*[a-z\d])?)*$/;
const NAMESPACE = /^(?=.{1,63}$)[a-z\d](?:[-a-z\d]*[a-z\d])?$/;

function* nameFaults(
  fields: ReadonlyMap<string, Entry>,
  metadata: ReadonlyMap<string, Entry>,
  start: number,
  isReference: (name: string) => boolean,
): Generator<Fault> {
  const name = textAt(metadata, 'name') ?? '';
  const generateName = textAt(metadata, 'generateName') ?? '';
  if (name === '' && generateName === '' && !isOther(metadata, 'name')) {
    const at = fields.get('metadata')?.keyNode.start ?? start;
    yield refused('missing-name', '', 'has no name', 'set metadata.name', at);
  }
  const checked = [
    ['name', name, NAME],
    ['generateName', generateName === '' ? '' : `${generateName}x`, NAME],
    ['namespace', textAt(metadata, 'namespace') ?? '', NAMESPACE],
  ] as const;
  for (const [field, text, pattern] of checked) {
    if (text === '' || pattern.test(text) || isReference(text)) continue;
    const at = metadata.get(field)?.keyNode.start ?? start;
    const fix = 'use lower-case letters, digits, "-", and in a name "." only';
    yield refused('missing-name', `metadata.${field}`, 'is no name that Kubernetes allows', fix, at);
  }
}

function* typeFaults(
  fields: ReadonlyMap<string, Entry>,
  metadata: ReadonlyMap<string, Entry>,
): Generator<Fault> {
  for (const key of ['metadata', 'data', 'stringData']) yield* mustBe(fields, key, 'map', '');
  for (const key of ['labels', 'annotations']) {
    yield* mustBe(metadata, key, 'map', 'metadata.');
    const map = fieldsAt(metadata, key);
    for (const entry of map.keys()) yield* mustBe(map, entry, 'string', `metadata.${key}.`);
  }
  for (const key of ['name', 'generateName', 'namespace'])
    yield* mustBe(metadata, key, 'string', 'metadata.');
  yield* mustBe(fields, 'type', 'string', '');
  yield* mustBe(fields, 'immutable', 'boolean', '');
}

const FIXES = {
  map: 'write KEY: value under it',
  string: 'put it in quotes',
  boolean: 'write true or false',
};

function* mustBe(
  fields: ReadonlyMap<string, Entry>,
  key: string,
  wanted: 'map' | 'string' | 'boolean',
  path: string,
): Generator<Fault> {
  const entry = fields.get(key);
  const is = isOf(fields, key);
  if (entry === undefined || is === 'null' || is === wanted) return;
  const message = `is a ${is}, and must be a ${wanted}`;
  yield refused('not-a-string', `${path}${key}`, message, FIXES[wanted], entry.keyNode.start);
}

/** Whether something stands there that is no text. */
const isOther = (fields: ReadonlyMap<string, Entry>, key: string): boolean =>
  !['null', 'string'].includes(isOf(fields, key));

function isOf(fields: ReadonlyMap<string, Entry>, key: string): string {
  const node = valueAt(fields, key);
  if (node === undefined) return 'null';
  if (node.kind === 'scalar') return meaningOf(node).is;
  return node.kind === 'seq' ? 'list' : 'map';
}
