import { isAlias, isMap, isPair, isScalar, isSeq, type ParsedNode, type Scalar } from 'yaml';
import { DocumentError } from './document-error.ts';
import type { MapNode, MapPair, Node, ScalarNode, ScalarStyle, SeqNode } from './node.ts';
import { yamlFaultMessage } from './yaml-faults.ts';

const QUESTION_MARK_MESSAGE =
  'is no valid YAML: a value inside of { } or [ ] holds ? or begins with a colon: put it in quotes';

const SURROGATE_MESSAGE =
  'is no valid YAML: \\ud800 to \\udfff are halves of a character: write it as it is, or as \\U and eight digits';

/**
 * Converts the library's nodes into those of node.ts. `base` is the offset of `text` in the text of the file. Throws
 * DocumentError.
 */
export function nodeTree(root: ParsedNode, text: string, base: number): Node {
  const anchors = new Map<string, Node>();
  let flowDepth = 0;

  function convert(node: unknown): Node {
    if (isAlias(node)) {
      const { start, end } = rangeOf(node, base);
      const target = anchors.get(node.source);
      return { kind: 'alias', name: node.source, target, start, end, tag: undefined, anchored: false };
    }
    if (isMap(node)) {
      const pairs: MapPair[] = [];
      const map = {
        kind: 'map',
        pairs,
        flow: node.flow === true,
        ...nodeRange(node, base),
      } satisfies MapNode;
      registerAnchor(node.anchor, map);
      withinCollection(node, () => {
        for (const pair of node.items) pairs.push(convertPair(pair.key, pair.value));
      });
      return map;
    }
    if (isSeq(node)) {
      const items: Node[] = [];
      const seq = { kind: 'seq', items, ...nodeRange(node, base) } satisfies SeqNode;
      registerAnchor(node.anchor, seq);
      withinCollection(node, () => {
        for (const item of node.items)
          items.push(isPair(item) ? singlePairMap(item.key, item.value) : convert(item));
      });
      return seq;
    }
    if (isScalar(node)) {
      const scalar = scalarOf(node, base);
      checkScalar(scalar, flowDepth > 0);
      registerAnchor(node.anchor, scalar);
      return scalar;
    }
    throw new TypeError('a YAML node of no known kind');
  }

  /** `{a, b}` has keys without values. */
  function convertPair(key: unknown, value: unknown): MapPair {
    const converted = convert(key);
    return { key: converted, value: value === null ? emptyScalarAt(converted.end) : convert(value) };
  }

  function withinCollection({ flow }: { readonly flow?: boolean | undefined }, read: () => void): void {
    const before = flowDepth;
    if (flow === true) flowDepth += 1;
    read();
    flowDepth = before;
  }

  /** Faults that this library accepts and kubectl's (libyaml's scanner) refuses. */
  function checkScalar({ style, text: value, start, end }: ScalarNode, flow: boolean): void {
    if (style === 'plain' && flow && /\?|^:/.test(value))
      throw new DocumentError(start, QUESTION_MARK_MESSAGE);
    if (style !== 'double') return;
    const source = text.slice(start - base, end - base);
    if (source.includes('\\/') && /(?:^|[^\\])(?:\\\\)*\\\//.test(source))
      throw new DocumentError(start, yamlFaultMessage('BAD_DQ_ESCAPE'));
    if (/\\(?:u|U0000)[dD]/.test(source) && /(?:^|[^\\])(?:\\\\)*\\(?:u|U0000)[dD][89a-fA-F]/.test(source))
      throw new DocumentError(start, SURROGATE_MESSAGE);
  }

  function registerAnchor(anchor: string | undefined, node: Node): void {
    if (anchor === undefined) return;
    // A password that begins with & is hardly ever meant as an anchor.
    if (!/^[\w-]+$/.test(anchor)) throw new DocumentError(node.start, yamlFaultMessage('BAD_ALIAS'));
    anchors.set(anchor, node);
  }

  /** `[a: b]` is a list of one map. */
  function singlePairMap(key: unknown, value: unknown): MapNode {
    const pair = convertPair(key, value);
    const range = { start: pair.key.start, end: pair.value.end, tag: undefined, anchored: false };
    return { kind: 'map', pairs: [pair], flow: true, ...range };
  }

  return convert(root);
}

const emptyScalarAt = (at: number): ScalarNode => ({
  kind: 'scalar',
  text: '',
  style: 'plain',
  start: at,
  end: at,
  tag: undefined,
  anchored: false,
});

interface SourceNode {
  readonly range?: readonly number[] | null;
  readonly anchor?: string | undefined;
  readonly tag?: string | undefined;
}

const rangeOf = ({ range }: SourceNode, base: number): { start: number; end: number } => ({
  start: base + (range?.[0] ?? 0),
  end: base + (range?.[1] ?? 0),
});

const nodeRange = (node: SourceNode, base: number) => ({
  ...rangeOf(node, base),
  tag: node.tag,
  anchored: node.anchor !== undefined,
});

const STYLE_BY_TYPE: Readonly<Record<string, ScalarStyle>> = {
  PLAIN: 'plain',
  QUOTE_SINGLE: 'single',
  QUOTE_DOUBLE: 'double',
  BLOCK_LITERAL: 'literal',
  BLOCK_FOLDED: 'folded',
};

function scalarOf(node: Scalar, base: number): ScalarNode {
  const text = typeof node.value === 'string' ? node.value : '';
  return {
    kind: 'scalar',
    text,
    style: STYLE_BY_TYPE[node.type ?? 'PLAIN'] ?? 'plain',
    ...nodeRange(node, base),
  };
}
