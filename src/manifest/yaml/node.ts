/**
 * A manifest as it is written. Offsets count UTF-16 units from the start of the file, including its byte-order mark.
 */
export type Node = MapNode | SeqNode | ScalarNode | AliasNode;

interface NodeRange {
  readonly start: number;
  /** Offset after the last character: for a block scalar, after its last newline. */
  readonly end: number;
  readonly tag: string | undefined;
  /** Whether an alias `*anchor` can name it. */
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
  /** Undefined if no anchor of this name precedes it. */
  readonly target: Node | undefined;
}

/** A fault of a document as a whole, with its offset. */
export interface SyntaxFault {
  readonly offset: number;
  readonly message: string;
}

/** Resolves an alias. Undefined if the alias names no anchor. */
export function resolveAlias(node: Node): Exclude<Node, AliasNode> | undefined {
  let resolved: Node | undefined = node;
  while (resolved?.kind === 'alias') resolved = resolved.target;
  return resolved;
}
