import type { Node, ScalarNode, SyntaxFault } from './node.ts';

/**
 * Faults that the library's lexer accepts and libyaml, the scanner of kubectl, refuses. These are tabs between nodes
 * at the start of a line, and Unicode line separators, which end a line in libyaml. `text` begins at `base` in the
 * text of the file.
 */
export function scannerFault(root: Node | undefined, text: string, base: number): SyntaxFault | undefined {
  const tabs = offsetsOf(text, /^ *(?:[-?:] +)*[-?:]?\t/gm);
  const breaks = offsetsOf(text, /[\u2028\u2029]/g);
  if (tabs.length === 0 && breaks.length === 0) return undefined;
  const offsets = { tabs: new OffsetSet(tabs), breaks: new OffsetSet(breaks) };
  if (root !== undefined) markAllowed(root, { text, base, indent: -1, inFlow: false }, offsets);
  const tab = offsets.tabs.firstDisallowed();
  if (tab !== undefined) return { offset: base + tab, message: TAB };
  const separator = offsets.breaks.firstDisallowed();
  if (separator === undefined) return undefined;
  const spelling = text[separator] === '\u2028' ? '\\L' : '\\P';
  const message = `holds a line separator of Unicode, which ends a line for kubectl: in double quotes write ${spelling}`;
  return { offset: base + separator, message };
}

const TAB = 'is no valid YAML: only blanks may indent, so replace this tab or empty the line';

/** Offsets of the last character of each match. */
const offsetsOf = (text: string, pattern: RegExp): readonly number[] =>
  [...text.matchAll(pattern)].map(({ index, 0: { length } }) => index + length - 1);

/** Offsets in ascending order. Each is refused until something allows it. */
class OffsetSet {
  readonly #offsets: readonly number[];
  readonly #allowed = new Set<number>();

  constructor(at: readonly number[]) {
    this.#offsets = at;
  }

  /** Allows or refuses each offset from `start` up to `end`. */
  mark(start: number, end: number, isAllowed: (at: number) => boolean): void {
    for (let index = this.#firstFrom(start); (this.#offsets[index] ?? end) < end; index += 1) {
      const at = this.#offsets[index] as number;
      if (isAllowed(at)) this.#allowed.add(at);
      else this.#allowed.delete(at);
    }
  }

  firstDisallowed(): number | undefined {
    return this.#offsets.find((at) => !this.#allowed.has(at));
  }

  #firstFrom(start: number): number {
    let low = 0;
    let high = this.#offsets.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#offsets[middle] as number) < start) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

interface ScanContext {
  readonly text: string;
  readonly base: number;
  /** Column of the block around the node; -1 if there is none. */
  readonly indent: number;
  readonly inFlow: boolean;
}

interface ScanOffsets {
  readonly tabs: OffsetSet;
  readonly breaks: OffsetSet;
}

function markAllowed(node: Node, context: ScanContext, offsets: ScanOffsets): void {
  if (node.kind === 'alias') return;
  if (node.kind === 'scalar') {
    markAllowedInScalar(node, context, offsets);
    return;
  }
  const { text, base } = context;
  const start = node.start - base;
  const isFlow = node.kind === 'map' ? node.flow : text[start] === '[';
  if (isFlow && !context.inFlow) offsets.tabs.mark(start, node.end - base, () => true);
  const innerContext = isFlow
    ? { ...context, inFlow: true }
    : { ...context, indent: Math.max(context.indent, columnAt(text, start)) };
  const parts = node.kind === 'map' ? node.pairs.flatMap(({ key, value }) => [key, value]) : node.items;
  for (const part of parts) markAllowed(part, innerContext, offsets);
}

function markAllowedInScalar(
  node: ScalarNode,
  { text, base, indent }: ScanContext,
  { tabs, breaks }: ScanOffsets,
): void {
  const start = node.start - base;
  const end = node.end - base;
  switch (node.style) {
    case 'single':
    case 'double':
      tabs.mark(start, end, () => true);
      // Blanks around the end of a line are dropped.
      breaks.mark(start, end, (at) => !/[\s\\]/.test(`${text[at - 1]}${text[at + 1]}`));
      return;
    case 'plain':
      // A following empty line still belongs to this scalar.
      if (end > start) tabs.mark(start, endOfBlank(text, end), (at) => columnAt(text, at) > indent);
      return;
    case 'literal':
    case 'folded': {
      const first = firstOfBlock(text, start, end);
      tabs.mark(start, end, (at) => at >= first);
    }
  }
}

const columnAt = (text: string, offset: number): number => offset - (text.lastIndexOf('\n', offset - 1) + 1);

const NON_BLANK = /\S|$/g;

function endOfBlank(text: string, from: number): number {
  NON_BLANK.lastIndex = from;
  return NON_BLANK.exec(text)?.index ?? text.length;
}

/**
 * Without an indentation indicator, the first line with a character sets the indentation of a block. A tab before it
 * does not count as indentation.
 */
function firstOfBlock(text: string, start: number, end: number): number {
  const newline = text.indexOf('\n', start);
  if (newline === -1 || /\d/.test(text.slice(start, newline).split('#', 1)[0] ?? '')) return start;
  const sign = /[^ \n\r]/.exec(text.slice(newline, end));
  return sign === null ? end : newline + sign.index + (sign[0] === '\t' ? 1 : 0);
}
