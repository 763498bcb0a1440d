import { type MapNode, meant, type Node, type SyntaxFault } from '../yaml/node.ts';
import { type Entry, entriesOf, textAt, valueAt } from './entries.ts';

/** One object that kubectl would send. */
export interface ManifestObject {
  readonly node: MapNode;
  readonly fields: ReadonlyMap<string, Entry>;
  /** Undefined where it is no text. */
  readonly apiVersion: string | undefined;
  readonly kind: string | undefined;
}

/** The object of a document, or the items of it: kubectl takes whatever has a list `items` for a List. */
export function* objectsOf(root: Node): Generator<ManifestObject | SyntaxFault> {
  const node = meant(root);
  if (node?.kind !== 'map') {
    yield { at: root.start, message: 'is no object: a manifest begins with apiVersion: and kind:' };
    return;
  }
  const object = objectOf(node, undefined);
  const items = valueAt(object.fields, 'items');
  if (items?.kind !== 'seq') {
    yield object;
    return;
  }
  for (const item of items.items) yield itemOf(item, object);
}

export const isFault = (found: ManifestObject | SyntaxFault): found is SyntaxFault => 'message' in found;

function itemOf(item: Node, list: ManifestObject): ManifestObject | SyntaxFault {
  const node = meant(item);
  if (node?.kind !== 'map') return { at: item.start, message: 'is an item of a List and no object' };
  const object = objectOf(node, list);
  if (object.kind === 'List')
    return {
      at: item.start,
      message: 'is a List in a List, which kubectl refuses: put its items into the outer one',
    };
  return object;
}

/** An item of a SecretList is a Secret, even where it does not say so. */
function objectOf(node: MapNode, list: ManifestObject | undefined): ManifestObject {
  const fields = entriesOf(node);
  const typed = list?.kind !== undefined && list.kind !== 'List' && list.kind.endsWith('List');
  const unnamed = typed && !fields.has('kind') && !fields.has('apiVersion');
  return {
    node,
    fields,
    apiVersion: unnamed ? list.apiVersion : textAt(fields, 'apiVersion'),
    kind: unnamed ? list.kind?.slice(0, -'List'.length) : textAt(fields, 'kind'),
  };
}
