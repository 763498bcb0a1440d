/** A manifest as it is written. Offsets count UTF-16 units from the start of the file's text, its byte-order mark included. */
export type Node = MapNode | SeqNode | ScalarNode | AliasNode;

interface Range {
  readonly start: number;
  /** Behind the last character of it: for a block scalar, behind its last newline. */
  readonly end: number;
  readonly tag: string | undefined;
  /** Whether other places can name it by `*anchor`. */
  readonly anchored: boolean;
}

export interface MapNode extends Range {
  readonly kind: 'map';
  readonly pairs: readonly Pair[];
  readonly flow: boolean;
}

export interface Pair {
  readonly key: Node;
  readonly value: Node;
}

export interface SeqNode extends Range {
  readonly kind: 'seq';
  readonly items: readonly Node[];
}

export interface ScalarNode extends Range {
  readonly kind: 'scalar';
  readonly text: string;
  readonly style: Style;
}

export type Style = 'plain' | 'single' | 'double' | 'literal' | 'folded';

export interface AliasNode extends Range {
  readonly kind: 'alias';
  readonly name: string;
  /** Undefined where no anchor of that name stands before it. */
  readonly target: Node | undefined;
}

/** What is wrong with a document as a whole, and where. */
export interface SyntaxFault {
  readonly at: number;
  readonly message: string;
}

/** The node that is meant; undefined behind an alias that leads nowhere. */
export function meant(node: Node): Exclude<Node, AliasNode> | undefined {
  let found: Node | undefined = node;
  while (found?.kind === 'alias') found = found.target;
  return found;
}
