import { Buffer } from 'node:buffer';
import { type Fields, fieldsAt, textAt, textOf, valueAt } from '../object/entries.ts';
import { invalidMetadata, type OffsetFault, unrenderedFault } from '../object/offset-fault.ts';
import { type IsReference, isRendererReference } from '../object/renderer-reference.ts';
import { requireType, typeOf, wrongType } from './field-types.ts';
import { isAnnotationKey, isLabelValue, isQualifiedName, MAX_LABEL } from './kubernetes-name.ts';
import { ownerFaults } from './owner-faults.ts';
import { serverFieldFaults } from './server-fields.ts';

/** A hostile manifest has a hundred thousand labels. The first faults show what is wrong. */
const MAX_FAULTS = 50;

/**
 * The first faults of labels, annotations, finalizers and ownerReferences, and of the fields that the API server sets.
 */
export function metadataFaults(metadata: Fields, isReference: IsReference): readonly OffsetFault[] {
  const faults: OffsetFault[] = [];
  for (const fault of allFaults(metadata, isReference)) {
    faults.push(fault);
    if (faults.length === MAX_FAULTS) break;
  }
  return faults;
}

function* allFaults(metadata: Fields, isReference: IsReference): Generator<OffsetFault> {
  yield* labelFaults(metadata, isReference);
  yield* annotationFaults(metadata, isReference);
  yield* finalizerFaults(metadata, isReference);
  yield* ownerFaults(metadata, isReference);
  yield* serverFieldFaults(metadata);
}

function* labelFaults(metadata: Fields, isReference: IsReference): Generator<OffsetFault> {
  yield* requireType(metadata, 'labels', 'map', 'metadata.labels');
  const labels = fieldsAt(metadata, 'labels');
  for (const [key, { keyNode }] of labels) {
    const field = `metadata.labels[${shortened(key)}]`;
    yield* requireType(labels, key, 'string', field);
    if (!isQualifiedName(key) && !isReference(key))
      yield textFault(field, key, 'is no label name that Kubernetes allows', NAME_FIX, keyNode.start);
    const value = textAt(labels, key);
    if (value === undefined || isLabelValue(value) || isReference(value)) continue;
    const message =
      value.length > MAX_LABEL
        ? `has a value of more than ${MAX_LABEL} characters`
        : 'has a value that Kubernetes does not allow';
    yield textFault(field, value, message, VALUE_FIX, keyNode.start);
  }
}

/** The limit in bytes of the keys and values of all annotations together. */
const MAX_ANNOTATION_BYTES = 256 * 1024;

function* annotationFaults(metadata: Fields, isReference: IsReference): Generator<OffsetFault> {
  yield* requireType(metadata, 'annotations', 'map', 'metadata.annotations');
  const annotations = fieldsAt(metadata, 'annotations');
  let size = 0;
  for (const [key, { keyNode }] of annotations) {
    const field = `metadata.annotations[${shortened(key)}]`;
    yield* requireType(annotations, key, 'string', field);
    size += Buffer.byteLength(key) + Buffer.byteLength(textAt(annotations, key) ?? '');
    if (!isAnnotationKey(key) && !isReference(key))
      yield textFault(field, key, 'is no annotation name that Kubernetes allows', NAME_FIX, keyNode.start);
  }
  if (size <= MAX_ANNOTATION_BYTES) return;
  const message = `hold more than ${MAX_ANNOTATION_BYTES / 1024} KiB together`;
  const offset = metadata.get('annotations')?.keyNode.start ?? 0;
  yield invalidMetadata(
    'metadata.annotations',
    message,
    'move large content into a ConfigMap, or into data',
    offset,
  );
}

/** Finalizers of Kubernetes itself, which need no domain. */
const OWN_FINALIZERS: readonly string[] = ['kubernetes', 'orphan', 'foregroundDeletion'];

function* finalizerFaults(metadata: Fields, isReference: IsReference): Generator<OffsetFault> {
  yield* requireType(metadata, 'finalizers', 'list', 'metadata.finalizers');
  const list = valueAt(metadata, 'finalizers');
  if (list?.kind !== 'seq') return;
  const names = new Set<string>();
  for (const [index, item] of list.items.entries()) {
    const field = `metadata.finalizers[${index}]`;
    const text = textOf(item);
    if (text === undefined) {
      yield wrongType(field, typeOf(item), 'string', item.start);
      continue;
    }
    if (names.has(text)) yield invalidMetadata(field, 'occurs twice', 'remove one of the two', item.start);
    names.add(text);
    if (isFinalizer(text) || isReference(text)) continue;
    const fix = 'write a domain and a name: example.com/cleanup';
    yield textFault(field, text, 'is no finalizer that Kubernetes allows', fix, item.start);
  }
  if (!names.has('orphan') || !names.has('foregroundDeletion')) return;
  const message = 'hold both orphan and foregroundDeletion, which exclude each other';
  yield invalidMetadata('metadata.finalizers', message, 'remove one of the two', list.start);
}

const isFinalizer = (text: string): boolean =>
  isQualifiedName(text) && (text.includes('/') || OWN_FINALIZERS.includes(text));

const NAME_FIX = `use letters, digits, "-", "_" and ".", at most ${MAX_LABEL}; only a domain and a slash may stand before them`;
const VALUE_FIX = `use at most ${MAX_LABEL} letters, digits, "-", "_" and ".", and begin and end with a letter or a digit`;

/** A text that Kubernetes does not allow here. It may be a template that nobody rendered. */
const textFault = (field: string, text: string, message: string, fix: string, offset: number): OffsetFault =>
  isRendererReference(text, 'name')
    ? unrenderedFault(field, offset)
    : invalidMetadata(field, message, fix, offset);

/** A valid name is shorter. */
const MAX_SHOWN = 320;

const shortened = (key: string): string => (key.length <= MAX_SHOWN ? key : `${key.slice(0, MAX_SHOWN)}…`);
