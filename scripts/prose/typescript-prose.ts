import ts from 'typescript';

interface Prose {
  /** One paragraph for each comment and for each string that reads like a sentence. */
  readonly text: string;
  /** For each line of the text, the line of the source that it was taken from, counted from 1. */
  readonly lines: readonly number[];
}

/** A message has at least four words; fewer are a name, a key or a path. */
const MESSAGE = /^[\p{L}"'`$][^\n]*(?: \S+){3,}/u;

/** SQL, the arguments of a command and a list of words are code, although they have spaces. */
const CODE =
  /^(?:select|alter|update|insert|delete|create|drop|grant|with|do|begin|set) |[{}<>=|\\]|^[a-z\d_\s]+$/i;

/** The prose of a TypeScript file, as Markdown: its comments, and its messages if `hasMessages`. */
export function proseOf(source: string, hasMessages: boolean): Prose {
  const file = parse(source);
  const messages = hasMessages ? messagesIn(file) : [];
  const paragraphs = [...commentsIn(file), ...messages].sort((one, other) => one.line - other.line);
  const text: string[] = [];
  const lines: number[] = [];
  for (const { content, line } of paragraphs) {
    for (const [index, part] of [...content, ''].entries()) {
      text.push(part);
      lines.push(line + index);
    }
  }
  return { text: text.join('\n'), lines };
}

/** In characters, with the indentation. */
const MAX_COMMENT_LINE = 120;

/** The lines of comments that are too long, counted from 1. A drawing, which is indented, may be wider. */
export function longCommentLines(source: string): readonly number[] {
  const sourceLines = source.split('\n');
  return commentsIn(parse(source)).flatMap(({ content, line }) =>
    content
      .map((text, index) => ({ text, at: line + index }))
      .filter(
        ({ text, at }) => (sourceLines[at - 1]?.length ?? 0) > MAX_COMMENT_LINE && !text.startsWith('    '),
      )
      .map(({ at }) => at),
  );
}

const parse = (source: string): ts.SourceFile =>
  ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true);

interface Paragraph {
  readonly content: readonly string[];
  readonly line: number;
}

function commentsIn(file: ts.SourceFile): readonly Paragraph[] {
  const starts = new Map<number, ts.CommentRange>();
  const visit = (node: ts.Node): void => {
    for (const range of ts.getLeadingCommentRanges(file.text, node.getFullStart()) ?? [])
      starts.set(range.pos, range);
    for (const range of ts.getTrailingCommentRanges(file.text, node.getEnd()) ?? [])
      starts.set(range.pos, range);
    node.getChildren(file).forEach(visit);
  };
  visit(file);
  return joined(
    [...starts.values()].sort((one, other) => one.pos - other.pos).map((range) => commentAt(file, range)),
  );
}

function commentAt(file: ts.SourceFile, { pos, end }: ts.CommentRange): Paragraph {
  const content = file.text
    .slice(pos, end)
    .replace(/^\/\*\*?|\*\/$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*(?:\/\/|\*)? ?/, '').trimEnd());
  return { content, line: lineAt(file, pos) };
}

/** Line comments one below the other are one text. */
function joined(comments: readonly Paragraph[]): readonly Paragraph[] {
  const paragraphs: Paragraph[] = [];
  for (const comment of comments) {
    const last = paragraphs.at(-1);
    if (last !== undefined && last.line + last.content.length === comment.line)
      paragraphs[paragraphs.length - 1] = { line: last.line, content: [...last.content, ...comment.content] };
    else paragraphs.push(comment);
  }
  return paragraphs;
}

function messagesIn(file: ts.SourceFile): readonly Paragraph[] {
  const paragraphs: Paragraph[] = [];
  const visit = (node: ts.Node): void => {
    const text = textOf(node);
    if (text !== undefined && MESSAGE.test(text) && !CODE.test(text))
      paragraphs.push({ content: [text.replaceAll('\n', ' ')], line: lineAt(file, node.getStart(file)) });
    ts.forEachChild(node, visit);
  };
  visit(file);
  return paragraphs;
}

/** A value that a template inserts is read as one word. */
function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map(({ literal }) => `X${literal.text}`).join('');
}

function lineAt(file: ts.SourceFile, position: number): number {
  return file.getLineAndCharacterOfPosition(position).line + 1;
}
