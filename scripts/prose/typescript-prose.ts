import ts from 'typescript';

interface Prose {
  /** One paragraph for each comment and for each string that reads like a sentence. */
  readonly text: string;
  /** For each line of the text, the line of the source that it was taken from, counted from 1. */
  readonly lines: readonly number[];
  /** The lines of comments that are too long. A drawing, which is indented, may be wider. */
  readonly longLines: readonly number[];
}

/** A message has at least four words; fewer are a name, a key or a path. */
const MESSAGE = /^[\p{L}"'`$][^\n]*(?: \S+){3,}/u;
/** SQL, the arguments of a command and a list of words are code, although they have spaces. */
const CODE =
  /^(?:select|alter|update|insert|delete|create|drop|grant|with|do|begin|set) |[{}<>=|\\]|^[a-z\d_\s]+$/i;
/** In characters, with the indentation. */
const MAX_COMMENT_LINE = 120;

/** The prose of a TypeScript file, as Markdown: its comments, and its messages if `hasMessages`. */
export function proseOf(source: string, hasMessages: boolean): Prose {
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true);
  const lineOf = (position: number): number => file.getLineAndCharacterOfPosition(position).line + 1;
  const comments = new Map<number, string>();
  const messages = new Map<number, string>();
  const visit = (node: ts.Node): void => {
    for (const { pos, end } of [
      ...(ts.getLeadingCommentRanges(source, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(source, node.getEnd()) ?? []),
    ])
      comments.set(pos, source.slice(pos, end));
    const text = hasMessages ? textOf(node) : undefined;
    if (text !== undefined && MESSAGE.test(text) && !CODE.test(text))
      messages.set(node.getStart(file), text.replaceAll('\n', ' '));
    node.getChildren(file).forEach(visit);
  };
  visit(file);

  const text: string[] = [];
  const lines: number[] = [];
  const longLines: number[] = [];
  const sourceLines = source.split('\n');
  let lastComment = 0;
  const positions = [...comments.keys(), ...messages.keys()].sort((one, other) => one - other);
  for (const position of positions) {
    const comment = comments.get(position);
    const parts = comment === undefined ? [messages.get(position) ?? ''] : linesOf(comment);
    // Line comments one below the other are one text.
    if (comment === undefined || lastComment !== lineOf(position) - 1) {
      text.push('');
      lines.push(0);
    }
    lastComment = comment === undefined ? 0 : lineOf(position) + parts.length - 1;
    for (const [index, part] of parts.entries()) {
      const line = lineOf(position) + index;
      text.push(part);
      lines.push(line);
      const isWide = (sourceLines[line - 1]?.length ?? 0) > MAX_COMMENT_LINE && !part.startsWith('    ');
      if (comment !== undefined && isWide) longLines.push(line);
    }
  }
  return { text: text.join('\n'), lines, longLines };
}

const linesOf = (comment: string): readonly string[] =>
  comment
    .replace(/^\/\*\*?|\*\/$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*(?:\/\/|\*)? ?/, '').trimEnd());

/** A value that a template inserts is read as one word. */
function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map(({ literal }) => `X${literal.text}`).join('');
}
