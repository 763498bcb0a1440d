import { type MapNode, type Node, resolveAlias, type SyntaxFault } from '../yaml/node.ts';
import { entriesOf, type Fields, textAt, valueAt } from './entries.ts';

/** One object that kubectl would send. */
export interface ManifestObject {
  readonly node: MapNode;
  readonly fields: Fields;
  /** Undefined if it is no text. */
  readonly apiVersion: string | undefined;
  readonly kind: string | undefined;
}

/** A folder may hold lists that are no manifests. `isInList`: the fault is in an object of the kind List. */
interface ObjectFault extends SyntaxFault {
  readonly isInList?: boolean;
}

/** The object of a document, or the items of a List. kubectl takes each object with a list `items` for a List. */
export function* objectsOf(root: Node): Generator<ManifestObject | ObjectFault> {
  const node = resolveAlias(root);
  if (node?.kind !== 'map') {
    yield { offset: root.start, message: 'is no object: a manifest begins with apiVersion and kind' };
    return;
  }
  const object = manifestObject(node, undefined);
  const items = valueAt(object.fields, 'items');
  if (items?.kind !== 'seq') {
    yield object;
    return;
  }
  for (const item of items.items) yield listItem(item, object);
}

export const isSyntaxFault = (result: ManifestObject | ObjectFault): result is ObjectFault =>
  'message' in result;

function listItem(item: Node, list: ManifestObject): ManifestObject | ObjectFault {
  const node = resolveAlias(item);
  const isInList = list.kind === 'List';
  if (node?.kind !== 'map')
    return { offset: item.start, message: 'is an item of a List and no object', isInList };
  const object = manifestObject(node, list);
  if (object.kind === 'List')
    return {
      offset: item.start,
      message: 'is a List in a List, which kubectl refuses: put its items into the outer one',
      isInList,
    };
  return object;
}

/** An item of a SecretList is a Secret, even without a `kind`. */
function manifestObject(node: MapNode, list: ManifestObject | undefined): ManifestObject {
  const fields = entriesOf(node);
  const isTypedList = list?.kind !== undefined && list.kind !== 'List' && list.kind.endsWith('List');
  const inheritsType = isTypedList && !fields.has('kind') && !fields.has('apiVersion');
  return {
    node,
    fields,
    apiVersion: inheritsType ? list.apiVersion : textAt(fields, 'apiVersion'),
    kind: inheritsType ? list.kind?.slice(0, -'List'.length) : textAt(fields, 'kind'),
  };
}
