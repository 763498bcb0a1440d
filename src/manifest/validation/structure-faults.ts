import { MAX_SECRET_BYTES, type Secret } from '../../engine/secret/secret.ts';
import { duplicateKeyFaults } from '../object/duplicate-keys.ts';
import { type Fields, fieldsAt, textAt, withoutDirective } from '../object/entries.ts';
import type { ManifestKind } from '../object/kinds.ts';
import type { ManifestObject } from '../object/objects.ts';
import { ignoredFault, type OffsetFault, rejectedFault, unrenderedFault } from '../object/offset-fault.ts';
import { type IsReference, isRendererReference } from '../object/renderer-reference.ts';
import { isNotText, requireType, typeAt } from './field-types.ts';
import { isDnsLabel, isDnsSubdomain, isGenerateName } from './kubernetes-name.ts';
import { metadataFaults } from './metadata-faults.ts';

/**
 * Faults of a Secret's manifest outside of `data` and `stringData`. `isReference` recognises a name that is rendered
 * later.
 */
export function structureFaults(
  object: ManifestObject,
  kind: ManifestKind,
  isReference: IsReference,
): readonly OffsetFault[] {
  const { fields, node } = object;
  const metadata = fieldsAt(fields, 'metadata');
  return [
    ...kindFaults(object, kind),
    ...unknownFields(withoutDirective(fields), SECRET_FIELDS, ''),
    ...unknownFields(metadata, METADATA_FIELDS, 'metadata.'),
    ...duplicateKeyFaults(fields, ''),
    ...duplicateKeyFaults(metadata, 'metadata.'),
    ...nameFaults(fields, metadata, node.start, isReference),
    ...typeFaults(fields, metadata),
    ...metadataFaults(metadata, isReference),
  ];
}

/** Fields of core/v1 Secret and meta/v1 ObjectMeta in Kubernetes 1.37. */
const SECRET_FIELDS = ['apiVersion', 'kind', 'metadata', 'data', 'stringData', 'type', 'immutable'];
const METADATA_FIELDS = [
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

function kindFaults({ fields, node }: ManifestObject, kind: ManifestKind): readonly OffsetFault[] {
  if (kind !== 'almost-secret') return [];
  const field = textAt(fields, 'kind') === 'Secret' ? 'apiVersion' : 'kind';
  const offset = fields.get(field)?.keyNode.start ?? node.start;
  const message = fields.has(field) ? 'is not quite that of a Secret' : 'is missing';
  return [rejectedFault('unknown-kind', field, message, 'set apiVersion to v1 and kind to Secret', offset)];
}

function* unknownFields(
  fields: Fields,
  knownFields: readonly string[],
  path: string,
): Generator<OffsetFault> {
  for (const { key, keyNode } of fields.values()) {
    if (knownFields.includes(key)) continue;
    // kubectl apply does not send null fields.
    const makeFault = typeAt(fields, key) === 'null' ? ignoredFault : rejectedFault;
    const suggestion = knownFields.find(
      (name) => name.toLowerCase() === key.toLowerCase().replaceAll(/[-_]/g, ''),
    );
    const fix = suggestion === undefined ? UNKNOWN_FIELD_FIX : `spell it ${suggestion}`;
    yield makeFault(
      'unknown-field',
      `${path}${key}`,
      'is a field that a Secret does not have',
      fix,
      keyNode.start,
    );
  }
}

const UNKNOWN_FIELD_FIX = 'remove it, or indent it under stringData or metadata if it belongs there';

function* nameFaults(
  fields: Fields,
  metadata: Fields,
  start: number,
  isReference: IsReference,
): Generator<OffsetFault> {
  const name = textAt(metadata, 'name') ?? '';
  const generateName = textAt(metadata, 'generateName') ?? '';
  if (name === '' && generateName === '' && !isNotText(metadata, 'name')) {
    const offset = fields.get('metadata')?.keyNode.start ?? start;
    yield rejectedFault('missing-name', '', 'has no name', 'set metadata.name', offset);
  }
  const nameChecks = [
    ['name', name, isDnsSubdomain],
    ['generateName', generateName, isGenerateName],
    ['namespace', textAt(metadata, 'namespace') ?? '', isDnsLabel],
  ] as const;
  for (const [field, text, isAllowed] of nameChecks) {
    if (text === '' || isAllowed(text) || isReference(text)) continue;
    const at = metadata.get(field)?.keyNode.start ?? start;
    if (isRendererReference(text, 'name')) {
      yield unrenderedFault(`metadata.${field}`, at);
      continue;
    }
    const fix = 'use lower-case letters, digits, "-", and in a name "." only';
    yield rejectedFault('missing-name', `metadata.${field}`, 'is no name that Kubernetes allows', fix, at);
  }
}

function* typeFaults(fields: Fields, metadata: Fields): Generator<OffsetFault> {
  for (const key of ['metadata', 'data', 'stringData']) yield* requireType(fields, key, 'map');
  for (const key of ['name', 'generateName', 'namespace'])
    yield* requireType(metadata, key, 'string', `metadata.${key}`);
  yield* requireType(fields, 'type', 'string');
  yield* requireType(fields, 'immutable', 'boolean');
}

/** The API server counts the decoded values, after `stringData` is merged over `data`. Names of keys do not count. */
export function* sizeFaults(fields: Fields, { data }: Secret): Generator<OffsetFault> {
  let size = 0;
  for (const value of data.values()) size += value.size;
  if (size <= MAX_SECRET_BYTES) return;
  const message = `holds more than ${MAX_SECRET_BYTES / 1024 / 1024} MiB of values, which the API server refuses`;
  const offset = (fields.get('data') ?? fields.get('stringData'))?.keyNode.start ?? 0;
  yield rejectedFault('too-large', 'data', message, 'split it into several Secrets', offset);
}
