import { Buffer } from 'node:buffer';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError } from '../../errors.ts';
import { type Entry, entriesOf, fieldsAt } from '../read/entries.ts';
import type { ManifestSecret } from '../read/manifest-secret.ts';
import { isFault, objectsOf } from '../read/objects.ts';
import { offsetOf } from '../read/positions.ts';
import { valuesOf } from '../read/values.ts';
import { documentsOf } from '../yaml/documents.ts';
import type { MapNode, Node } from '../yaml/node.ts';
import { meaningOf } from '../yaml/scalar.ts';

/** A piece of the text, and what stands there instead. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The Secret of a manifest in the text of its file. */
export interface Located {
  readonly text: string;
  readonly node: MapNode;
  readonly fields: ReadonlyMap<string, Entry>;
  /** What an alias somewhere names: a change of it would be seen there too. */
  readonly shared: ReadonlySet<Node>;
  readonly newline: string;
}

/** Its place is its name: two Secrets of one file may be called the same. */
export function locate(
  text: string,
  manifest: ManifestSecret,
  lost = uneditable(manifest)('', 'is no longer where it was read'),
): Located {
  const offset = offsetOf(text, manifest.place);
  for (const { root } of documentsOf(text, offset)) {
    if (root === undefined) continue;
    for (const object of objectsOf(root)) {
      if (isFault(object) || object.node.start !== offset) continue;
      const newline = text.includes('\r\n') ? '\r\n' : '\n';
      return { text, node: object.node, fields: object.fields, shared: sharedIn(root), newline };
    }
  }
  throw lost;
}

function sharedIn(root: Node): ReadonlySet<Node> {
  const shared = new Set<Node>();
  const visit = (node: Node): void => {
    if (node.kind === 'alias' && node.target !== undefined) shared.add(node.target);
    if (node.kind === 'seq') node.items.forEach(visit);
    if (node.kind === 'map')
      for (const { key, value } of node.pairs) {
        visit(key);
        visit(value);
      }
  };
  visit(root);
  return shared;
}

export type Refuse = (key: string, why: string) => LockstepError;

export const uneditable =
  ({ place, ref }: ManifestSecret): Refuse =>
  (key, why) =>
    new LockstepError('UNEDITABLE', [
      `${place.file === '-' ? '<stdin>' : place.file}:${place.line}`,
      key === '' ? ref : key,
      why,
    ]);

export interface Written {
  readonly entry: Entry;
  readonly map: Node;
  readonly base64: boolean;
}

/** Where the key is written that counts: under `stringData`, if both have it. */
export function writtenAt({ fields }: Located, key: string): Written | undefined {
  for (const field of ['stringData', 'data'] as const) {
    const map = fields.get(field)?.value;
    const entry = map?.kind === 'map' ? entriesOf(map).get(key) : undefined;
    if (map !== undefined && entry?.own === true) return { entry, map, base64: field === 'data' };
  }
  return undefined;
}

/** What is written for a value: base64 under `data`, text under `stringData`. */
export function contentOf(value: Sensitive, base64: boolean, refuse: () => LockstepError): string {
  if (base64) return value.reveal();
  if (value.look(({ text }) => text === undefined)) throw refuse();
  return Buffer.from(value.reveal(), 'base64').toString('utf8');
}

export const dataOf = ({ fields }: Located): ReadonlyMap<string, Sensitive> =>
  valuesOf(fieldsAt(fields, 'data'), fieldsAt(fields, 'stringData'), false).data;

/** Of a field that is to hold keys: whether nothing stands there. */
export const isNull = (node: Node): boolean => node.kind === 'scalar' && meaningOf(node).is === 'null';
/** Signs before the offset in its line. */
export const columnOf = (text: string, offset: number): number =>
  offset - (text.lastIndexOf('\n', offset - 1) + 1);
