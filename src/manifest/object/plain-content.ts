import { type Node, resolveAlias, type SyntaxFault } from '../yaml/node.ts';
import { resolveScalar } from '../yaml/scalar.ts';
import { yamlFaultMessage } from '../yaml/yaml-faults.ts';
import { entriesOf, type MapEntry } from './entries.ts';

/** The reader of a document, which decides about its names and its nulls. */
export type ContentReader = 'api-server' | 'lockstep';

/** A document as JavaScript values, and its first repeated key. */
export interface PlainContent {
  readonly content: unknown;
  readonly fault: SyntaxFault | undefined;
}

/**
 * The values that kubectl sends for a document: `Off` without quotes is false, and `010` is 8. Each alias of a node is
 * the same object, so a document that repeats itself takes no more memory than its text.
 *
 * The API server drops a field without a value, and reads the name of `on: 1` as `true`. A file for lockstep alone has
 * both as they are written.
 */
export function plainContent(root: Node, reader: ContentReader): PlainContent {
  const known = new Map<Node, unknown>();
  const isAsWritten = reader === 'lockstep';
  let fault: SyntaxFault | undefined;

  function contentOf(node: Node, name = ''): unknown {
    const target = resolveAlias(node);
    if (target === undefined) return undefined;
    if (!known.has(target)) known.set(target, collect(target, name));
    return known.get(target);
  }

  function collect(node: Exclude<Node, { kind: 'alias' }>, name: string): unknown {
    switch (node.kind) {
      case 'scalar':
        return scalarContent(node);
      case 'seq':
        return node.items.map((item) => contentOf(item));
      case 'map':
        return Object.fromEntries(
          [...entriesOf(node).values()]
            .map((entry) => [nameOf(entry), contentOf(entry.value, entry.key)] as const)
            .filter(([, content]) => content !== null || isAsWritten || name === NAMED_KEYS),
        );
    }
  }

  function nameOf({ key, keyNode, coercedFrom, duplicates }: MapEntry): string {
    if (duplicates.length > 0) fault ??= { offset: keyNode.start, message: REPEATED_KEY };
    return isAsWritten ? (coercedFrom ?? key) : key;
  }

  return { content: contentOf(root), fault };
}

/** The API server drops `NAME:` of this field too, and then no rule applies to the key: it stays a fault. */
const NAMED_KEYS = 'keys';

const REPEATED_KEY = yamlFaultMessage('DUPLICATE_KEY');

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
