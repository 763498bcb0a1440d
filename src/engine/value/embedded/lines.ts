import { Anchors, behindProperties } from './anchors.ts';
import { closingBracket, readFlow } from './flow.ts';
import { type Line, type LineEntry, readLine } from './line.ts';
import type { Source, Step, Visit } from './member.ts';

/** A longer text is read as far as this. It holds any key or PEM block. */
const MAX_TEXT_LENGTH = 16 * 1024;

/**
 * Reads `name: value` and `name = value`, line by line: YAML, dotenv, Java properties, INI and TOML. The indentation
 * gives the path. A line that is neither is skipped, so a file that is cut off or half broken is read as far as it can
 * be. An alias stands for one text, never for a map or a list, so a small text stays small.
 */
export function readLines({ text, steps, at, kind }: Source, visit: Visit): void {
  const path = new Path(steps);
  const anchors = new Anchors(text, at);
  const isCode = CODE.test(text.slice(0, CODE_HEAD_LENGTH));
  let hasOpenFlow = false;
  let pos = 0;
  while (pos < text.length) {
    const end = lineEnd(text, pos);
    const line = readLine(text, pos, end);
    const lineStart = pos;
    pos = end + 1;
    if (line === undefined) {
      if (!JSON_OBJECT.test(text.slice(lineStart, lineStart + 2)) || hasOpenFlow) continue;
      const close = closingBracket(text, lineStart, Math.min(lineStart + MAX_TEXT_LENGTH, text.length));
      hasOpenFlow = close === undefined;
      if (close === undefined) continue;
      if (readFlow({ text: text.slice(0, close), steps, at, kind }, lineStart, visit) === undefined) return;
      pos = lineEnd(text, close) + 1;
      continue;
    }
    path.enter(line);
    if (line.kind === 'section') continue;
    const { name = '', hasColon } = line;
    const start = hasColon ? valueStart(text, line, end) : { valueAt: line.valueAt, end };
    if (start === undefined) continue;
    const { valueAt, anchor } = start;
    if (text[valueAt] === '{' || text[valueAt] === '[') {
      // A bracket that is never closed is searched for once. After it a map or list must end in its line.
      const isOpen = hasColon || text.slice(valueAt + 1, start.end).trim() === '';
      const limit = isOpen && !hasOpenFlow ? valueAt + MAX_TEXT_LENGTH : start.end;
      const close = closingBracket(text, valueAt, Math.min(limit, text.length));
      if (close !== undefined) {
        const flow = { text: text.slice(0, close), steps: path.steps(), at, kind };
        if (readFlow(flow, valueAt, (member) => visit(anchors.resolved(member))) === undefined) return;
        pos = lineEnd(text, close) + 1;
        continue;
      }
      hasOpenFlow = true;
    }
    const value = readValue(text, line.indent, valueAt, start.end);
    pos = Math.max(pos, value.next);
    if (anchor !== undefined) anchors.add(anchor, value.text);
    if (value.text === '' || (isCode && !/["']/.test(text[valueAt] ?? ''))) continue;
    const member = { name, text: value.text, steps: path.steps(), at: at + value.at, kind };
    if (!visit(hasColon ? anchors.resolved(member) : member)) return;
  }
}

interface ValueStart {
  readonly valueAt: number;
  /** The end of its line. */
  readonly end: number;
  readonly anchor?: string | undefined;
}

/**
 * The start of a value in YAML, behind its anchor and its tag. It may stand in the line after its name, also behind a
 * comment. Undefined if the name has no text: then a map or a list follows, or nothing.
 */
function valueStart(text: string, line: LineEntry, end: number): ValueStart | undefined {
  const { at: valueAt, anchor } = behindProperties(text, line.valueAt, end);
  if (valueAt < end && text[valueAt] !== '#') return { valueAt, end, anchor };
  const next = nextText(text, end + 1, line.indent);
  return next === undefined ? undefined : { ...next, anchor };
}

/** The next line that is not blank and no comment, if it is a text further right than the name. */
function nextText(text: string, from: number, indent: number): ValueStart | undefined {
  for (let pos = from, blanks = 0; pos < text.length && blanks < MAX_BLANK_LINES; blanks++) {
    const end = lineEnd(text, pos);
    const column = firstSignIn(text, pos, Math.min(end, pos + MAX_COLUMN));
    if (column >= 0 && text[pos + column] !== '#') {
      const isText = column > indent && readLine(text, pos, end) === undefined;
      return isText ? { valueAt: pos + column, end } : undefined;
    }
    pos = end + 1;
  }
  return undefined;
}

/** The column of the first character that is no blank, or -1. */
function firstSignIn(text: string, from: number, end: number): number {
  const code = text.charCodeAt(from);
  if (from < end && code > SPACE && code < DEL) return 0;
  return text.slice(from, end).search(/\S/);
}

const SPACE = 0x20;
const DEL = 0x7f;

/** Between a name and its value. */
const MAX_BLANK_LINES = 10;
const MAX_COLUMN = 200;

/** A document of JSON after one of YAML. */
const JSON_OBJECT = /^\{["\s]/;

const CODE_HEAD_LENGTH = 4096;
/** Source code: a text without quotes is an expression. */
const CODE =
  /^(?:import|package|def|class|func|function|using|from [\w.]{1,80} import|export (?:default|const)|local \w{1,40}) ?\b/m;

/** The names and indexes from the whole text to the present line, by indentation. */
class Path {
  readonly #outer: readonly Step[];
  readonly #levels: { readonly indent: number; readonly step: Step; items: number }[] = [];
  #items = 0;

  constructor(outer: readonly Step[]) {
    this.#outer = outer;
  }

  steps(): readonly Step[] {
    return [...this.#outer, ...this.#levels.map(({ step }) => step)];
  }

  enter(line: Line): void {
    if (line.kind === 'section') {
      // It is above all indentation.
      this.#levels.length = 0;
      this.#levels.push({ indent: -1, step: line.name, items: 0 });
      return;
    }
    for (const dash of line.dashes) this.#enterItem(dash);
    this.#leaveTo(({ indent }) => indent >= line.indent);
    if (line.name !== undefined) this.#levels.push({ indent: line.indent, step: line.name, items: 0 });
  }

  /** A list may stand in the column of the name that it belongs to. */
  #enterItem(dash: number): void {
    this.#leaveTo(({ indent, step }) => indent > dash || (indent === dash && typeof step === 'number'));
    const parent = this.#levels.at(-1);
    const step = parent === undefined ? this.#items++ : parent.items++;
    this.#levels.push({ indent: dash, step, items: 0 });
  }

  #leaveTo(isLeft: (level: { readonly indent: number; readonly step: Step }) => boolean): void {
    for (let last = this.#levels.at(-1); last !== undefined && isLeft(last); last = this.#levels.at(-1))
      this.#levels.pop();
  }
}

interface Value {
  readonly text: string;
  readonly at: number;
  /** The offset of the next line. */
  readonly next: number;
}

function readValue(text: string, indent: number, valueAt: number, end: number): Value {
  const written = text.slice(valueAt, Math.min(end, valueAt + MAX_TEXT_LENGTH));
  CONTINUED.lastIndex = valueAt;
  const [lines] = CONTINUED.exec(text) ?? [];
  if (lines !== undefined) {
    const next = lineEnd(text, valueAt + lines.length) + 1;
    const value = text.slice(valueAt, next).replace(/\\\r?\n[ \t]*/g, '');
    return { text: withoutRemark(value), at: valueAt, next };
  }
  if (BLOCK.test(written)) {
    const next = blockEnd(text, end + 1, indent);
    const block = text.slice(end + 1, Math.min(next, end + 1 + MAX_TEXT_LENGTH));
    return { text: block.trim() === '' ? '' : block, at: end + 1, next };
  }
  const quote = text[valueAt];
  if (quote === '"' || quote === "'") {
    const triple = quote.repeat(3);
    if (written.startsWith(triple))
      return { text: written.slice(3).split(triple, 1)[0]!.trim(), at: valueAt + 3, next: end + 1 };
    // Only a PEM block has more than one line.
    const isPem = text.startsWith('-----BEGIN ', valueAt + 1);
    const quoted = isPem ? text.slice(valueAt, valueAt + MAX_TEXT_LENGTH) : written;
    const close = quoted.indexOf(quote, 1);
    const length = close < 0 ? quoted.length : close;
    if (close > 0 || isPem)
      return {
        text: quoted.slice(1, length),
        at: valueAt + 1,
        next: lineEnd(text, valueAt + length) + 1,
      };
  }
  return { text: withoutRemark(written), at: valueAt, next: end + 1 };
}

/** In properties a `\` at the end of a line continues the value in the next line. */
const CONTINUED = /(?:[^\n]{0,500}\\\r?\n(?=[ \t])){1,100}/y;

/** The head of a block of text in YAML: `|`, `>-`, `|2`. */
const BLOCK = /^[|>][-+\d]{0,2}\s*(?:#.*)?$/;

/** The lines of a block are indented further than its name, or blank. */
function blockEnd(text: string, start: number, indent: number): number {
  let pos = start;
  while (pos < text.length) {
    const end = lineEnd(text, pos);
    let column = 0;
    while (pos + column < end && text[pos + column]! <= ' ') column += 1;
    if (column <= indent && pos + column < end) return pos;
    pos = end + 1;
  }
  return text.length;
}

/** A `#` after a blank begins a remark. A language may end its line with `;` or `,`. */
function withoutRemark(written: string): string {
  const remark = written.search(/\s#/);
  const text = (remark < 0 ? written : written.slice(0, remark)).trim();
  return text.endsWith(';') || text.endsWith(',') ? text.slice(0, -1).trimEnd() : text;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}
