import { DocumentError, faultIn } from './document-error.ts';
import { type AliasNode, type MapPair, type Node, resolveAlias, type SyntaxFault } from './node.ts';
import { resolveScalar } from './scalar.ts';

/** A password may begin with `*`, so the message never repeats the name of an alias. */
const UNKNOWN_ANCHOR =
  'a value that begins with * is an alias, and no anchor of that name stands before it: put a text value in quotes';

/**
 * Faults for which kubectl refuses a document of any kind. These are keys and values that JSON can't hold, and aliases
 * that name no anchor or expand to too many nodes.
 */
export function documentFault(root: Node): SyntaxFault | undefined {
  const sizes = new Map<Node, number>();
  const open = new Set<Node>();
  let nodeCount = 0;
  let firstAlias: AliasNode | undefined;

  /** Number of nodes after every alias is expanded. Throws a fault. */
  function size(node: Node): number {
    nodeCount += 1;
    if (node.kind === 'alias') return sizeOfAlias(node);
    open.add(node);
    const total = 1 + sizeOfParts(node);
    open.delete(node);
    if (node.anchored) sizes.set(node, total);
    return total;
  }

  function sizeOfAlias(node: AliasNode): number {
    firstAlias ??= node;
    if (node.target === undefined) throw new DocumentError(node.start, UNKNOWN_ANCHOR);
    const knownSize = sizes.get(node.target);
    if (knownSize !== undefined) return 1 + knownSize;
    throw new DocumentError(node.start, 'an alias contains itself: write it out');
  }

  function sizeOfParts(node: Exclude<Node, AliasNode>): number {
    if (node.kind === 'map') return node.pairs.reduce((sum, pair) => sum + sizeOfPair(pair), 0);
    if (node.kind === 'seq') return node.items.reduce((sum, item) => sum + size(item), 0);
    const meaning = resolveScalar(node);
    if (meaning.type === 'invalid') throw new DocumentError(node.start, meaning.message);
    return 0;
  }

  function sizeOfPair({ key, value }: MapPair): number {
    const total = size(key) + size(value);
    if (isMergeKey(key)) requireMaps(value);
    else {
      requireName(key);
      requireFinite(value);
    }
    return total;
  }

  try {
    const total = size(root);
    return firstAlias !== undefined && isExcessive(total, total - nodeCount)
      ? { offset: firstAlias.start, message: 'expands to far more than is written, by aliases: write it out' }
      : undefined;
  } catch (error) {
    return faultIn(error);
  }
}

/** `<<` without quotes. */
export const isMergeKey = (key: Node): boolean =>
  key.kind === 'scalar' && key.text === '<<' && key.style === 'plain' && key.tag === undefined;

function requireMaps(value: Node): void {
  const source = resolveAlias(value);
  const parts = value.kind !== 'alias' && source?.kind === 'seq' ? source.items : [value];
  if (parts.some((part) => resolveAlias(part)?.kind !== 'map'))
    throw new DocumentError(value.start, 'is merged by << and is no map');
}

function requireName(key: Node): void {
  const name = resolveAlias(key);
  if (name?.kind !== 'scalar')
    throw new DocumentError(key.start, 'a key is no text: look for { or [ without quotes');
  if (resolveScalar(name).type === 'null')
    throw new DocumentError(key.start, 'a key is empty: put its name before the ":"');
}

function requireFinite(value: Node): void {
  const scalar = resolveAlias(value);
  if (scalar?.kind !== 'scalar') return;
  const meaning = resolveScalar(scalar);
  if (meaning.type === 'number' && !meaning.finite)
    throw new DocumentError(value.start, 'a number is infinite, or none: put it in quotes');
}

/**
 * From go.yaml.in/yaml/v2, decode.go. Up to 400,000 nodes, 99 % may come from aliases. The share sinks to 10 % at
 * 4,000,000.
 */
function isExcessive(total: number, fromAliases: number): boolean {
  if (fromAliases <= 100 || total <= 1000) return false;
  const over = Math.min(Math.max(total - 400_000, 0) / 3_600_000, 1);
  return fromAliases / total > 0.99 - 0.89 * over;
}
