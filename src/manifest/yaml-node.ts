import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type ParsedNode,
  parseDocument,
  type Scalar,
  type YAMLParseError,
} from 'yaml';
import type { MapNode, Node, Pair, ScalarNode, SeqNode, Style, SyntaxFault } from './node.ts';
import { reasonOf } from './yaml-faults.ts';

/**
 * Scalars come as they are written: what they mean is decided as Go's library does (scalar.ts), which is neither YAML 1.1 nor 1.2. Keys may repeat, since
 * kubectl lets them, and looking for that in the library costs the square of their number.
 */
const OPTIONS = {
  version: '1.1',
  schema: 'failsafe',
  resolveKnownTags: false,
  merge: false,
  uniqueKeys: false,
  strict: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const;

/** kubectl reads the first document of what stands between two `---`, and drops what follows a line `...`. */
export interface YamlDocument {
  /** Undefined where there is nothing but comments. */
  readonly root: Node | undefined;
  readonly fault: SyntaxFault | undefined;
  /** Where what kubectl drops begins. */
  readonly cut?: number;
}

const CUT = 'MULTIPLE_DOCS';

/** `base` is where `chunk` begins in the text of the file. */
export function readYaml(chunk: string, base: number): YamlDocument {
  // A carriage return alone ends a line for kubectl.
  const text = /\r(?!\n)/.test(chunk) ? chunk.replace(/\r(?!\n)/g, '\n') : chunk;
  const document = parseDocument(text, OPTIONS);
  const fault = document.errors.find(({ code }) => code !== CUT);
  if (fault !== undefined) return { root: undefined, fault: faultOf(fault, base) };
  if (document.contents === null || isNothing(document.contents))
    return { root: undefined, fault: undefined };
  try {
    const cut = document.errors.find(({ code }) => code === CUT);
    const root = treeOf(document.contents, base);
    return { root, fault: undefined, ...(cut === undefined ? {} : { cut: base + cut.pos[0] }) };
  } catch (error) {
    if (error instanceof RangeError)
      return { root: undefined, fault: { at: base, message: 'is nested too deeply' } };
    throw error;
  }
}

const faultOf = (error: YAMLParseError, base: number): SyntaxFault => ({
  at: base + error.pos[0],
  message: reasonOf(error.code),
});

const isNothing = (contents: unknown): boolean =>
  isScalar(contents) && (contents.source ?? '') === '' && contents.type === 'PLAIN' && !contents.tag;

function treeOf(root: ParsedNode, base: number): Node {
  const anchors = new Map<string, Partial<Node>>();

  function convert(node: unknown): Node {
    if (isAlias(node)) {
      const { start, end } = rangeOf(node, base);
      const target = anchors.get(node.source) as Node | undefined;
      return { kind: 'alias', name: node.source, target, start, end, tag: undefined, anchored: false };
    }
    if (isMap(node)) {
      const pairs: Pair[] = [];
      const map = { kind: 'map', pairs, flow: node.flow === true, ...marksOf(node, base) } satisfies MapNode;
      remember(node.anchor, map);
      for (const pair of node.items) pairs.push(convertPair(pair.key, pair.value));
      return map;
    }
    if (isSeq(node)) {
      const items: Node[] = [];
      const seq = { kind: 'seq', items, ...marksOf(node, base) } satisfies SeqNode;
      remember(node.anchor, seq);
      for (const item of node.items)
        items.push(isPair(item) ? lonePair(item.key, item.value) : convert(item));
      return seq;
    }
    if (isScalar(node)) {
      const scalar = scalarOf(node, base);
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

  function remember(anchor: string | undefined, node: Node): void {
    if (anchor !== undefined) anchors.set(anchor, node);
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
