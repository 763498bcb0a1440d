import type { MapNode, Node, Pair, ScalarNode, SeqNode, SyntaxFault } from './node.ts';

/** The API server refuses what is nested a tenth as deep; the stack of this process holds more. */
const DEEPEST = 500;

/** The JSON value that begins at `start`, and where it ends; or what is wrong with it. */
export function readJson(text: string, start: number): Node | SyntaxFault {
  try {
    return value(text, skipBlank(text, start), 0);
  } catch (error) {
    if (error instanceof JsonFault) return { at: error.at, message: error.message };
    throw error;
  }
}

class JsonFault extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

function value(text: string, at: number, depth: number): Node {
  if (depth > DEEPEST) throw new JsonFault(at, `is nested deeper than ${DEEPEST} levels`);
  switch (text[at]) {
    case '{':
      return object(text, at, depth);
    case '[':
      return array(text, at, depth);
    case '"':
      return string(text, at);
    default:
      return literal(text, at);
  }
}

function object(text: string, start: number, depth: number): MapNode {
  const pairs: Pair[] = [];
  let at = skipBlank(text, start + 1);
  while (text[at] !== '}') {
    if (pairs.length > 0) at = skipBlank(text, expect(text, at, ','));
    if (text[at] !== '"') throw new JsonFault(at, 'is no JSON: a key in double quotes is missing here');
    const key = string(text, at);
    const after = expect(text, skipBlank(text, key.end), ':');
    const field = value(text, skipBlank(text, after), depth + 1);
    pairs.push({ key, value: field });
    at = skipBlank(text, field.end);
  }
  return { kind: 'map', pairs, flow: true, start, end: at + 1, ...UNMARKED };
}

function array(text: string, start: number, depth: number): SeqNode {
  const items: Node[] = [];
  let at = skipBlank(text, start + 1);
  while (text[at] !== ']') {
    if (items.length > 0) at = skipBlank(text, expect(text, at, ','));
    const item = value(text, at, depth + 1);
    items.push(item);
    at = skipBlank(text, item.end);
  }
  return { kind: 'seq', items, start, end: at + 1, ...UNMARKED };
}

function string(text: string, start: number): ScalarNode {
  let quote = text.indexOf('"', start + 1);
  while (quote !== -1 && isEscaped(text, start, quote)) quote = text.indexOf('"', quote + 1);
  if (quote === -1) throw new JsonFault(start, 'is no JSON: the quote that opens here is never closed');
  const end = quote + 1;
  try {
    const content: unknown = JSON.parse(text.slice(start, end));
    return { kind: 'scalar', text: String(content), style: 'double', start, end, ...UNMARKED };
  } catch {
    // Its message quotes the value.
    throw new JsonFault(
      start,
      'is no JSON: this string holds an unknown escape, or a control character unescaped',
    );
  }
}

function isEscaped(text: string, start: number, quote: number): boolean {
  let before = quote - 1;
  while (before > start && text[before] === '\\') before -= 1;
  return (quote - before) % 2 === 0;
}

const LITERAL = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/y;

function literal(text: string, start: number): ScalarNode {
  LITERAL.lastIndex = start;
  const [found] = LITERAL.exec(text) ?? [];
  if (found === undefined) throw new JsonFault(start, 'is no JSON: a value is missing here');
  return { kind: 'scalar', text: found, style: 'plain', start, end: start + found.length, ...UNMARKED };
}

const UNMARKED = { tag: undefined, anchored: false } as const;

function expect(text: string, at: number, sign: string): number {
  if (text[at] !== sign) throw new JsonFault(at, `is no JSON: "${sign}" is missing here`);
  return at + 1;
}

const BLANK = /[ \t\r\n]*/y;

function skipBlank(text: string, at: number): number {
  BLANK.lastIndex = at;
  BLANK.exec(text);
  return BLANK.lastIndex;
}
