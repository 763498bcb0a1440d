import { Buffer } from 'node:buffer';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError } from '../../errors/errors.ts';
import { entriesOf, type Fields, fieldsAt, type MapEntry } from '../object/entries.ts';
import type { ManifestSecret } from '../object/manifest-secret.ts';
import { isSyntaxFault, objectsOf } from '../object/objects.ts';
import { offsetOf } from '../object/positions.ts';
import { readValues } from '../object/values.ts';
import { splitDocuments } from '../yaml/documents.ts';
import type { MapNode, Node } from '../yaml/node.ts';
import { resolveScalar } from '../yaml/scalar.ts';

/** A range of the text and its replacement. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A Secret of a manifest, located in the text of its file. */
export interface SecretLocation {
  readonly text: string;
  readonly node: MapNode;
  readonly fields: Fields;
  /** Nodes that an alias names: a change of them would also change the place of the alias. */
  readonly aliased: ReadonlySet<Node>;
  readonly newline: string;
}

/** Finds the Secret by its position: two Secrets of one file can have the same name. */
export function locateSecret(
  text: string,
  manifest: ManifestSecret,
  notFoundError = editErrorFor(manifest)('', 'is no longer where it was read'),
): SecretLocation {
  const secretOffset = offsetOf(text, manifest.place);
  for (const { root } of splitDocuments(text, { onlyAt: secretOffset })) {
    if (root === undefined) continue;
    for (const object of objectsOf(root)) {
      if (isSyntaxFault(object) || object.node.start !== secretOffset) continue;
      const newline = text.includes('\r\n') ? '\r\n' : '\n';
      return { text, node: object.node, fields: object.fields, aliased: aliasedNodes(root), newline };
    }
  }
  throw notFoundError;
}

function aliasedNodes(root: Node): ReadonlySet<Node> {
  const aliased = new Set<Node>();
  const visit = (node: Node): void => {
    if (node.kind === 'alias' && node.target !== undefined) aliased.add(node.target);
    if (node.kind === 'seq') node.items.forEach(visit);
    if (node.kind === 'map')
      for (const { key, value } of node.pairs) {
        visit(key);
        visit(value);
      }
  };
  visit(root);
  return aliased;
}

export type EditErrorFactory = (key: string, why: string) => LockstepError;

export const editErrorFor =
  ({ place, ref }: ManifestSecret): EditErrorFactory =>
  (key, reason) =>
    new LockstepError('UNEDITABLE', [
      `${place.file === '-' ? '<stdin>' : place.file}:${place.line}`,
      key === '' ? ref : key,
      reason,
    ]);

export interface KeyLocation {
  readonly entry: MapEntry;
  readonly map: Node;
  readonly isBase64: boolean;
}

/** The entry of the key that takes effect: under `stringData` if both maps have it. */
export function locateKey({ fields }: SecretLocation, key: string): KeyLocation | undefined {
  for (const field of ['stringData', 'data'] as const) {
    const map = fields.get(field)?.value;
    const entry = map?.kind === 'map' ? entriesOf(map).get(key) : undefined;
    if (map !== undefined && entry?.isOwn === true) return { entry, map, isBase64: field === 'data' };
  }
  return undefined;
}

/** The text that stands for a value: base64 under `data`, plain text under `stringData`. */
export function encodeValue(value: Sensitive, isBase64: boolean, makeError: () => LockstepError): string {
  if (isBase64) return value.reveal();
  if (value.withPlaintext(({ text }) => text === undefined)) throw makeError();
  return Buffer.from(value.reveal(), 'base64').toString('utf8');
}

export const dataAt = ({ fields }: SecretLocation): ReadonlyMap<string, Sensitive> =>
  readValues(fieldsAt(fields, 'data'), fieldsAt(fields, 'stringData'), false).data;

/** Whether a field for keys is absent or empty. */
export const isNullNode = (node: Node): boolean =>
  node.kind === 'scalar' && resolveScalar(node).type === 'null';
/** Number of characters before the offset in its line. */
export const columnOf = (text: string, offset: number): number =>
  offset - (text.lastIndexOf('\n', offset - 1) + 1);
