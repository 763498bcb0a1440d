/** A manifest as it is written. Offsets count UTF-16 units from the start of the file's text, its byte-order mark included. */
export type Node = MapNode | SeqNode | ScalarNode | AliasNode;

interface NodeRange {
  readonly start: number;
  /** Behind the last character of it: for a block scalar, behind its last newline. */
  readonly end: number;
  readonly tag: string | undefined;
  /** Whether other places can name it by `*anchor`. */
  readonly anchored: boolean;
}

export interface MapNode extends NodeRange {
  readonly kind: 'map';
  readonly pairs: readonly MapPair[];
  readonly flow: boolean;
}

export interface MapPair {
  readonly key: Node;
  readonly value: Node;
}

export interface SeqNode extends NodeRange {
  readonly kind: 'seq';
  readonly items: readonly Node[];
}

export interface ScalarNode extends NodeRange {
  readonly kind: 'scalar';
  readonly text: string;
  readonly style: ScalarStyle;
}

export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal' | 'folded';

export interface AliasNode extends NodeRange {
  readonly kind: 'alias';
  readonly name: string;
  /** Undefined where no anchor of that name stands before it. */
  readonly target: Node | undefined;
}

/** What is wrong with a document as a whole, and where. */
export interface SyntaxFault {
  readonly offset: number;
  readonly message: string;
}

/** The node that is meant; undefined behind an alias that leads nowhere. */
export function resolveAlias(node: Node): Exclude<Node, AliasNode> | undefined {
  let resolved: Node | undefined = node;
  while (resolved?.kind === 'alias') resolved = resolved.target;
  return resolved;
}
