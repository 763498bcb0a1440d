import { type AliasNode, meant, type Node, type Pair, type SyntaxFault } from './node.ts';
import { meaningOf } from './scalar.ts';

/** What makes kubectl refuse a document whatever kind it is: keys and values that JSON can't hold, aliases that lead nowhere, or to too much. */
export function faultOf(root: Node): SyntaxFault | undefined {
  const sizes = new Map<Node, number>();
  const open = new Set<Node>();
  let written = 0;
  let firstAlias: AliasNode | undefined;

  /** Nodes to read when every alias is written out; a fault is thrown. */
  function size(node: Node): number {
    written += 1;
    if (node.kind === 'alias') return sizeOfAlias(node);
    open.add(node);
    const total = 1 + sizeOfParts(node);
    open.delete(node);
    if (node.anchored) sizes.set(node, total);
    return total;
  }

  function sizeOfAlias(node: AliasNode): number {
    firstAlias ??= node;
    if (node.target === undefined)
      throw new Fault(node, `names an anchor that does not stand before it: *${node.name}`);
    const known = sizes.get(node.target);
    if (known !== undefined) return 1 + known;
    throw new Fault(node, `contains itself: *${node.name}`);
  }

  function sizeOfParts(node: Exclude<Node, AliasNode>): number {
    if (node.kind === 'map') return node.pairs.reduce((sum, pair) => sum + sizeOfPair(pair), 0);
    if (node.kind === 'seq') return node.items.reduce((sum, item) => sum + size(item), 0);
    const meaning = meaningOf(node);
    if (meaning.is === 'invalid') throw new Fault(node, meaning.message);
    return 0;
  }

  function sizeOfPair({ key, value }: Pair): number {
    const total = size(key) + size(value);
    if (isMerge(key)) requireMaps(value);
    else {
      requireName(key);
      requireFinite(value);
    }
    return total;
  }

  try {
    const total = size(root);
    return firstAlias !== undefined && isExcessive(total, total - written)
      ? { at: firstAlias.start, message: 'expands to far more than is written, by aliases: write it out' }
      : undefined;
  } catch (error) {
    if (error instanceof Fault) return { at: error.at, message: error.message };
    throw error;
  }
}

class Fault extends Error {
  readonly at: number;
  constructor(node: Node, message: string) {
    super(message);
    this.at = node.start;
  }
}

/** `<<` without quotes. */
export const isMerge = (key: Node): boolean =>
  key.kind === 'scalar' && key.text === '<<' && key.style === 'plain' && key.tag === undefined;

function requireMaps(value: Node): void {
  const merged = meant(value);
  const parts = value.kind !== 'alias' && merged?.kind === 'seq' ? merged.items : [value];
  if (parts.some((part) => meant(part)?.kind !== 'map'))
    throw new Fault(value, 'is merged by << and is no map');
}

function requireName(key: Node): void {
  const name = meant(key);
  if (name?.kind !== 'scalar') throw new Fault(key, 'a key is no text: look for { or [ without quotes');
  if (meaningOf(name).is === 'null') throw new Fault(key, 'a key is empty: put its name before the ":"');
}

function requireFinite(value: Node): void {
  const scalar = meant(value);
  if (scalar?.kind !== 'scalar') return;
  const meaning = meaningOf(scalar);
  if (meaning.is === 'number' && !meaning.finite)
    throw new Fault(value, 'a number is infinite, or none: put it in quotes');
}

/** go.yaml.in/yaml/v2, decode.go: the share of what comes from aliases may be 99 % up to 400,000 nodes, and sinks to 10 % at 4,000,000. */
function isExcessive(total: number, fromAliases: number): boolean {
  if (fromAliases <= 100 || total <= 1000) return false;
  const over = Math.min(Math.max(total - 400_000, 0) / 3_600_000, 1);
  return fromAliases / total > 0.99 - 0.89 * over;
}
