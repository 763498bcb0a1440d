import { type Node, resolveAlias, type SyntaxFault } from '../yaml/node.ts';
import { resolveScalar } from '../yaml/scalar.ts';
import { entriesOf, type MapEntry } from './entries.ts';

/** The name of an entry in the content. */
export type NameOf = (entry: MapEntry) => string;

/** As kubectl sends the entry: `on: 1` has the name `true`. */
export const sentName: NameOf = ({ key }) => key;

/** As the entry is written, in a file that no API server reads. */
export const writtenName: NameOf = ({ key, coercedFrom }) => coercedFrom ?? key;

/** A document as JavaScript values, and its first repeated key. */
export interface PlainContent {
  readonly content: unknown;
  readonly fault: SyntaxFault | undefined;
}

/**
 * The values that kubectl sends for a document: `Off` without quotes is false, and `010` is 8. Each alias of a node is
 * the same object, so a document that repeats itself takes no more memory than its text.
 */
export function plainContent(root: Node, nameOf: NameOf): PlainContent {
  const known = new Map<Node, unknown>();
  let fault: SyntaxFault | undefined;

  function contentOf(node: Node): unknown {
    const target = resolveAlias(node);
    if (target === undefined) return undefined;
    if (!known.has(target)) known.set(target, collect(target));
    return known.get(target);
  }

  function collect(node: Exclude<Node, { kind: 'alias' }>): unknown {
    switch (node.kind) {
      case 'scalar':
        return scalarContent(node);
      case 'seq':
        return node.items.map(contentOf);
      case 'map':
        return Object.fromEntries(
          [...entriesOf(node).values()].map((entry) => {
            if (entry.duplicates.length > 0) fault ??= { offset: entry.keyNode.start, message: REPEATED_KEY };
            return [nameOf(entry), contentOf(entry.value)];
          }),
        );
    }
  }

  return { content: contentOf(root), fault };
}

const REPEATED_KEY = 'is no valid YAML: a key stands twice: remove one of the two';

function scalarContent(node: Extract<Node, { kind: 'scalar' }>): unknown {
  const meaning = resolveScalar(node);
  switch (meaning.type) {
    case 'string':
      return meaning.text;
    case 'boolean':
      return meaning.text === 'true';
    case 'number':
      return Number(meaning.text);
    default:
      return null;
  }
}
