import { Buffer } from 'node:buffer';
import type { Credential } from '../../secret/record/credential.ts';
import { type LoginRecord, loginsOf } from '../../secret/record/login-record.ts';
import type { SecretRecord } from '../../secret/record/record.ts';
import type { Secret } from '../../secret/secret.ts';
import type { SecretRef } from '../../secret/secret-ref.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import { mapAlong, type ObjectFields } from '../../workloads/references/object-fields.ts';
import type { PlacedObject } from '../../workloads/references/reference-index.ts';
import { containersOf, podOf } from '../../workloads/references/secret-references.ts';
import type { Field, FoundPlace } from './place.ts';
import { findValues, type SearchResult } from './search.ts';
import type { SoughtValues } from './sought-values.ts';
import { bytesOf } from './views.ts';

/** The places of the values in one object, and the fields that were too costly to search. */
export interface ObjectSearch {
  readonly places: readonly FoundPlace[];
  readonly unsearched: readonly Field[];
}

type Identity = Pick<FoundPlace, 'kind' | 'namespace' | 'name'>;
type SearchedField = readonly [field: Field, result: SearchResult];

export function searchSecret(secret: Secret, sought: SoughtValues): ObjectSearch {
  const { namespace, name, data, annotations } = secret;
  return collected({ kind: 'Secret', namespace, name }, [
    ...[...data].map(([key, value]): SearchedField => [{ kind: 'key', key }, searchValue(value, sought)]),
    ...[...annotations].map(([annotation, text]) => searchAnnotation(annotation, text, sought)),
  ]);
}

const searchValue = (value: Sensitive, sought: SoughtValues): SearchResult =>
  value.withPlaintext(({ bytes }) => findValues(Buffer.from(bytes).toString('latin1'), sought));

const searchAnnotation = (annotation: string, text: string, sought: SoughtValues): SearchedField => [
  { kind: 'annotation', annotation },
  findValues(bytesOf(text), sought),
];

function collected(identity: Identity, searched: readonly SearchedField[]): ObjectSearch {
  return {
    places: searched.flatMap(([field, { hits }]) => hits.map((hit) => ({ ...identity, field, ...hit }))),
    unsearched: searched.flatMap(([field, { isComplete }]) => (isComplete ? [] : [field])),
  };
}

/** `latest` is the version that the Secret itself still has: its places are those of the Secret. */
export function searchRecord(ref: SecretRef, record: SecretRecord, sought: SoughtValues): ObjectSearch {
  const { versions, pending } = record;
  // Most values are the same in each version.
  const known = new Map<string, { readonly value: Sensitive; readonly versions: number[] }[]>();
  for (const { number, data } of pending === undefined ? versions : [...versions, pending])
    for (const [key, value] of data ?? []) {
      const distinct = known.get(key) ?? [];
      known.set(key, distinct);
      const same = distinct.find((one) => one.value.equals(value));
      if (same === undefined) distinct.push({ value, versions: [number] });
      else same.versions.push(number);
    }
  return collected({ kind: 'Secret', ...ref }, [
    ...[...known].flatMap(([key, values]) =>
      values.map(
        ({ value, versions }): SearchedField => [
          { kind: 'versions', key, versions },
          searchValue(value, sought),
        ],
      ),
    ),
    ...credentialsOf(loginsOf(record)).map(
      ({ password }): SearchedField => [{ kind: 'login' }, searchValue(password, sought)],
    ),
  ]);
}

/** Each password once. */
function credentialsOf(logins: readonly LoginRecord[]): readonly Credential[] {
  const all = logins.flatMap(({ current, previous, change }) => [
    ...[current, previous],
    ...[change?.from, change?.to, change?.found],
  ]);
  const known: Credential[] = [];
  for (const one of all)
    if (one !== undefined && !known.some(({ password }) => password.equals(one.password))) known.push(one);
  return known;
}

/** A ConfigMap, or an object with a pod template. */
export function searchObject(object: PlacedObject, sought: SoughtValues): ObjectSearch {
  const { kind, name, namespace = '', fields } = object;
  const search = (text: string): SearchResult => findValues(bytesOf(text), sought);
  const searched: SearchedField[] = [];
  for (const [key, text] of textsIn(fields.map('data'))) searched.push([{ kind: 'key', key }, search(text)]);
  for (const [key, text] of textsIn(fields.map('binaryData')))
    searched.push([{ kind: 'key', key }, findValues(Buffer.from(text, 'base64').toString('latin1'), sought)]);
  const pod = podOf(object);
  for (const container of pod === undefined ? [] : containersOf(pod))
    searched.push(...searchContainer(container, search));
  for (const [annotation, text] of textsIn(mapAlong(fields, ['metadata', 'annotations'])))
    searched.push(searchAnnotation(annotation, text, sought));
  return collected({ kind, namespace, name }, searched);
}

function* textsIn(map: ObjectFields | undefined): Generator<readonly [key: string, text: string]> {
  for (const key of map?.keys() ?? []) yield [key, map?.text(key) ?? ''];
}

function* searchContainer(
  fields: ObjectFields,
  search: (text: string) => SearchResult,
): Generator<SearchedField> {
  const container = fields.text('name') ?? '';
  for (const variable of fields.maps('env'))
    yield [
      { kind: 'env', container, variable: variable.text('name') ?? '' },
      search(variable.text('value') ?? ''),
    ];
  const own = ['command', 'args'].flatMap((list) => textsOf(fields, list));
  const others = [...PROBES, ...HOOKS].flatMap((path) => {
    const exec = mapAlong(fields, [...path, 'exec']);
    return exec === undefined ? [] : textsOf(exec, 'command');
  });
  yield [{ kind: 'command', container }, search([...own, ...others].join('\n'))];
}

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'].map((probe) => [probe]);
const HOOKS = ['postStart', 'preStop'].map((hook) => ['lifecycle', hook]);

const textsOf = (fields: ObjectFields, list: string): readonly string[] =>
  [...fields.texts(list)].map(({ text }) => text);
