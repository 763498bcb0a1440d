import type { SourcePosition } from '../object/manifest-secret.ts';
import type { Node } from '../yaml/node.ts';

/** A comment that begins with `lockstep:ignore`, or with a word that was probably meant so. */
export interface IgnoreComment {
  readonly place: SourcePosition;
  /** The word after `lockstep:`, in lower case. */
  readonly word: string;
  /** The rest of the comment. */
  readonly text: string;
  /** The line that the comment is about: its own, or the next one with content. */
  readonly targetLine: number;
  /** The first line of the document with the comment. */
  readonly documentLine: number;
}

/** A part of the text of a file, with the node that was read in it. */
export interface CommentedDocument {
  readonly start: number;
  readonly end: number;
  readonly root: Node;
}

/** Most files have no such comment. The question costs little. */
export const mayHoldIgnoreComment = (text: string): boolean => text.includes('lockstep') && MARK.test(text);

const MARK = /#[ \t]*lockstep[ \t]?:/i;

const WORDS = 'ignore|allow|skip|disable|suppress|exempt|accept';

/** Other signs than \r and \n end a line too, so that no content is read as a part of the comment. */
const COMMENT = new RegExp(
  `(?<=^|\\s)#[ \\t]*lockstep[ \\t]?:[ \\t]?(${WORDS})(?![a-z\\d])([^\\r\\n\\x85\\u2028\\u2029]*)`,
  'gim',
);

/** The ignore comments of one document, in its order. Text inside a value is no comment. */
export function ignoreCommentsIn(
  text: string,
  { start, end, root }: CommentedDocument,
  positionAt: (offset: number) => SourcePosition,
): readonly IgnoreComment[] {
  const matches = [...text.slice(start, end).matchAll(COMMENT)];
  if (matches.length === 0) return [];
  const isInValue = valueRanges(root, text);
  const found = matches
    .map((match) => ({ match, offset: start + match.index }))
    .filter(({ offset }) => !isInValue(offset));
  const documentLine = positionAt(start).line;
  const targets = targetOffsets(
    text,
    end,
    found.map(({ offset }) => offset),
  );
  return found.map(({ match: [, word = '', rest = ''], offset }, index) => ({
    place: positionAt(offset),
    word: word.toLowerCase(),
    text: rest,
    targetLine: positionAt(targets[index] ?? offset).line,
    documentLine,
  }));
}

/** Whether an offset is inside a value or a key. The comment after the `|` of a block is outside. */
function valueRanges(root: Node, text: string): (offset: number) => boolean {
  const ranges: (readonly [number, number])[] = [];
  const visit = (node: Node): void => {
    if (node.kind === 'seq') node.items.forEach(visit);
    if (node.kind === 'map')
      for (const { key, value } of node.pairs) {
        visit(key);
        visit(value);
      }
    if (node.kind !== 'scalar') return;
    const isBlock = node.style === 'literal' || node.style === 'folded';
    const header = isBlock ? (/\r?\n|\r|$/.exec(text.slice(node.start, node.end))?.index ?? 0) : 0;
    ranges.push([node.start + header, node.end]);
  };
  visit(root);
  ranges.sort(([a], [b]) => a - b);
  let next = 0;
  // Offsets are asked in ascending order.
  return (offset) => {
    while (next < ranges.length && (ranges[next]?.[1] ?? 0) <= offset) next += 1;
    const [start = Number.POSITIVE_INFINITY] = ranges[next] ?? [];
    return start <= offset;
  };
}

/**
 * The offset of the content that each comment is about. From the last comment to the first, so that comments above one
 * another are read once.
 */
function targetOffsets(text: string, end: number, comments: readonly number[]): readonly number[] {
  const targets = new Map<number, number>();
  for (const offset of comments.toReversed()) {
    const target = hasContentBefore(text, offset) ? offset : nextContent(text, offset, end, targets);
    targets.set(offset, target);
  }
  return comments.map((offset) => targets.get(offset) ?? offset);
}

/** A dash alone begins an item, and the item is on the next line. */
function hasContentBefore(text: string, offset: number): boolean {
  let at = offset - 1;
  while (at >= 0 && (text[at] === ' ' || text[at] === '\t' || text[at] === '-')) at -= 1;
  return at >= 0 && !/[\r\n\ufeff]/.test(text.charAt(at));
}

/** The offset of the next content, or of the comment itself if none follows. */
function nextContent(text: string, comment: number, end: number, known: ReadonlyMap<number, number>): number {
  const skip = /#[^\r\n]*|\s+|-(?=\s)/y;
  for (let at = comment; at < end; at = skip.lastIndex) {
    const target = at === comment ? undefined : known.get(at);
    if (target !== undefined) return target === at ? comment : target;
    skip.lastIndex = at;
    if (skip.exec(text) === null) return at;
  }
  return comment;
}
