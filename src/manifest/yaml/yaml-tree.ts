import { isAlias, isMap, isPair, isScalar, isSeq, type ParsedNode, type Scalar } from 'yaml';
import type { MapNode, Node, Pair, ScalarNode, SeqNode, Style } from './node.ts';
import { reasonOf } from './yaml-faults.ts';

export class YamlFault extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

const QUESTION =
  'is no valid YAML: a value inside of { } or [ ] holds ? or begins with a colon: put it in quotes';

const SURROGATE =
  'is no valid YAML: \\ud800 to \\udfff are halves of a character: write it as it is, or as \\U and eight digits';

/** The library's nodes as ours. `base` is where `text` begins in the text of the file. Throws YamlFault. */
export function treeOf(root: ParsedNode, text: string, base: number): Node {
  const anchors = new Map<string, Node>();
  let flows = 0;

  function convert(node: unknown): Node {
    if (isAlias(node)) {
      const { start, end } = rangeOf(node, base);
      const target = anchors.get(node.source);
      return { kind: 'alias', name: node.source, target, start, end, tag: undefined, anchored: false };
    }
    if (isMap(node)) {
      const pairs: Pair[] = [];
      const map = { kind: 'map', pairs, flow: node.flow === true, ...marksOf(node, base) } satisfies MapNode;
      remember(node.anchor, map);
      inside(node, () => {
        for (const pair of node.items) pairs.push(convertPair(pair.key, pair.value));
      });
      return map;
    }
    if (isSeq(node)) {
      const items: Node[] = [];
      const seq = { kind: 'seq', items, ...marksOf(node, base) } satisfies SeqNode;
      remember(node.anchor, seq);
      inside(node, () => {
        for (const item of node.items)
          items.push(isPair(item) ? lonePair(item.key, item.value) : convert(item));
      });
      return seq;
    }
    if (isScalar(node)) {
      const scalar = scalarOf(node, base);
      refuse(scalar, flows > 0);
      remember(node.anchor, scalar);
      return scalar;
    }
    throw new TypeError('a YAML node of no known kind');
  }

  /** `{a, b}` has keys without values. */
  function convertPair(key: unknown, value: unknown): Pair {
    const converted = convert(key);
    return { key: converted, value: value === null ? nothingAt(converted.end) : convert(value) };
  }

  function inside({ flow }: { readonly flow?: boolean | undefined }, read: () => void): void {
    const before = flows;
    if (flow === true) flows += 1;
    read();
    flows = before;
  }

  /** What this library takes and kubectl's (libyaml's scanner) does not. */
  function refuse({ style, text: value, start, end }: ScalarNode, flow: boolean): void {
    if (style === 'plain' && flow && /\?|^:/.test(value)) throw new YamlFault(start, QUESTION);
    if (style !== 'double') return;
    const source = text.slice(start - base, end - base);
    if (source.includes('\\/') && /(?:^|[^\\])(?:\\\\)*\\\//.test(source))
      throw new YamlFault(start, reasonOf('BAD_DQ_ESCAPE'));
    if (/\\(?:u|U0000)[dD]/.test(source) && /(?:^|[^\\])(?:\\\\)*\\(?:u|U0000)[dD][89a-fA-F]/.test(source))
      throw new YamlFault(start, SURROGATE);
  }

  function remember(anchor: string | undefined, node: Node): void {
    if (anchor === undefined) return;
    // A password that begins with & is hardly ever one.
    if (!/^[\w-]+$/.test(anchor)) throw new YamlFault(node.start, reasonOf('BAD_ALIAS'));
    anchors.set(anchor, node);
  }

  /** `[a: b]` is a list of one map. */
  function lonePair(key: unknown, value: unknown): MapNode {
    const pair = convertPair(key, value);
    const range = { start: pair.key.start, end: pair.value.end, tag: undefined, anchored: false };
    return { kind: 'map', pairs: [pair], flow: true, ...range };
  }

  return convert(root);
}

const nothingAt = (at: number): ScalarNode => ({
  kind: 'scalar',
  text: '',
  style: 'plain',
  start: at,
  end: at,
  tag: undefined,
  anchored: false,
});

interface Source {
  readonly range?: readonly number[] | null;
  readonly anchor?: string | undefined;
  readonly tag?: string | undefined;
}

const rangeOf = ({ range }: Source, base: number): { start: number; end: number } => ({
  start: base + (range?.[0] ?? 0),
  end: base + (range?.[1] ?? 0),
});

const marksOf = (node: Source, base: number) => ({
  ...rangeOf(node, base),
  tag: node.tag,
  anchored: node.anchor !== undefined,
});

const STYLES: Readonly<Record<string, Style>> = {
  PLAIN: 'plain',
  QUOTE_SINGLE: 'single',
  QUOTE_DOUBLE: 'double',
  BLOCK_LITERAL: 'literal',
  BLOCK_FOLDED: 'folded',
};

function scalarOf(node: Scalar, base: number): ScalarNode {
  const text = typeof node.value === 'string' ? node.value : '';
  return { kind: 'scalar', text, style: STYLES[node.type ?? 'PLAIN'] ?? 'plain', ...marksOf(node, base) };
}
