import { entriesOf, type Fields, isTrueAt, textAt, valueAt } from '../object/entries.ts';
import { invalidMetadata, type OffsetFault, rejectedFault } from '../object/offset-fault.ts';
import type { IsReference } from '../object/renderer-reference.ts';
import { resolveAlias } from '../yaml/node.ts';
import { requireType, typeAt, typeOf, wrongType } from './field-types.ts';

/** Fields of meta/v1 OwnerReference. The API server requires the first four. */
const REQUIRED = ['apiVersion', 'kind', 'name', 'uid'] as const;
const FLAGS = ['controller', 'blockOwnerDeletion'] as const;
const KNOWN: readonly string[] = [...REQUIRED, ...FLAGS];

/** Faults of `metadata.ownerReferences`. */
export function* ownerFaults(metadata: Fields, isReference: IsReference): Generator<OffsetFault> {
  yield* requireType(metadata, 'ownerReferences', 'list', 'metadata.ownerReferences');
  const list = valueAt(metadata, 'ownerReferences');
  if (list?.kind !== 'seq') return;
  const uids = new Set<string>();
  let controllers = 0;
  for (const [index, item] of list.items.entries()) {
    const path = `metadata.ownerReferences[${index}]`;
    const node = resolveAlias(item);
    if (node?.kind !== 'map') {
      yield wrongType(path, typeOf(item), 'map', item.start);
      continue;
    }
    const owner = entriesOf(node);
    yield* ownerFieldFaults(owner, path, item.start, isReference);
    const uid = textAt(owner, 'uid') ?? '';
    if (uid !== '' && uids.has(uid))
      yield invalidMetadata(
        `${path}.uid`,
        'is the uid of an earlier owner',
        'remove one of the two owners',
        item.start,
      );
    uids.add(uid);
    if (isTrueAt(owner, 'controller')) controllers += 1;
  }
  if (controllers < 2) return;
  const fix = 'set controller: true on one owner only';
  yield invalidMetadata('metadata.ownerReferences', 'have more than one controller', fix, list.start);
}

function* ownerFieldFaults(
  owner: Fields,
  path: string,
  start: number,
  isReference: IsReference,
): Generator<OffsetFault> {
  for (const field of REQUIRED) {
    yield* requireType(owner, field, 'string', `${path}.${field}`);
    const isMissing = typeAt(owner, field) === 'null' || textAt(owner, field) === '';
    if (isMissing)
      yield invalidMetadata(`${path}.${field}`, 'is missing', `set the ${field} of the owner`, start);
  }
  for (const field of FLAGS) yield* requireType(owner, field, 'boolean', `${path}.${field}`);
  for (const { key, keyNode } of owner.values()) {
    if (KNOWN.includes(key)) continue;
    const message = 'is a field that an owner does not have';
    yield rejectedFault('unknown-field', `${path}.${key}`, message, 'remove it', keyNode.start);
  }
  const apiVersion = textAt(owner, 'apiVersion') ?? '';
  if (apiVersion !== '' && !isGroupVersion(apiVersion) && !isReference(apiVersion))
    yield invalidMetadata(`${path}.apiVersion`, 'is no apiVersion', 'write GROUP/VERSION or VERSION', start);
  if (apiVersion === 'v1' && textAt(owner, 'kind') === 'Event')
    yield invalidMetadata(path, 'is an Event, which can own nothing', 'remove it', start);
}

/** At most one slash, and a version after it. */
const isGroupVersion = (text: string): boolean => {
  const parts = text.split('/', 3);
  return parts.length < 3 && parts.at(-1) !== '';
};
