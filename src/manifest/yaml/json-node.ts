import { DocumentError, faultIn } from './document-error.ts';
import type { MapNode, MapPair, Node, ScalarNode, SeqNode, SyntaxFault } from './node.ts';

/** Maximum nesting depth. The API server refuses a tenth of it; the stack of this process holds more. */
const MAX_DEPTH = 500;

/** The JSON value that begins at `start` with its end, or its fault. */
export function parseJson(text: string, start: number): Node | SyntaxFault {
  try {
    return parseValue(text, skipBlank(text, start), 0);
  } catch (error) {
    return faultIn(error);
  }
}

function parseValue(text: string, offset: number, depth: number): Node {
  if (depth > MAX_DEPTH) throw new DocumentError(offset, `is nested deeper than ${MAX_DEPTH} levels`);
  switch (text[offset]) {
    case '{':
      return parseObject(text, offset, depth);
    case '[':
      return parseArray(text, offset, depth);
    case '"':
      return parseString(text, offset);
    default:
      return parseLiteral(text, offset);
  }
}

function parseObject(text: string, start: number, depth: number): MapNode {
  const pairs: MapPair[] = [];
  let offset = skipBlank(text, start + 1);
  while (text[offset] !== '}') {
    if (pairs.length > 0) offset = skipBlank(text, expectSign(text, offset, ','));
    if (text[offset] !== '"')
      throw new DocumentError(offset, 'is no JSON: a key in double quotes is missing here');
    const key = parseString(text, offset);
    const after = expectSign(text, skipBlank(text, key.end), ':');
    const field = parseValue(text, skipBlank(text, after), depth + 1);
    pairs.push({ key, value: field });
    offset = skipBlank(text, field.end);
  }
  return { kind: 'map', pairs, flow: true, start, end: offset + 1, ...NO_PROPERTIES };
}

function parseArray(text: string, start: number, depth: number): SeqNode {
  const items: Node[] = [];
  let offset = skipBlank(text, start + 1);
  while (text[offset] !== ']') {
    if (items.length > 0) offset = skipBlank(text, expectSign(text, offset, ','));
    const item = parseValue(text, offset, depth + 1);
    items.push(item);
    offset = skipBlank(text, item.end);
  }
  return { kind: 'seq', items, start, end: offset + 1, ...NO_PROPERTIES };
}

function parseString(text: string, start: number): ScalarNode {
  let quote = text.indexOf('"', start + 1);
  while (quote !== -1 && isEscaped(text, start, quote)) quote = text.indexOf('"', quote + 1);
  if (quote === -1) throw new DocumentError(start, 'is no JSON: the quote that opens here is never closed');
  const end = quote + 1;
  try {
    const content: unknown = JSON.parse(text.slice(start, end));
    return { kind: 'scalar', text: String(content), style: 'double', start, end, ...NO_PROPERTIES };
  } catch {
    // The error's message quotes the value.
    throw new DocumentError(
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

function parseLiteral(text: string, start: number): ScalarNode {
  LITERAL.lastIndex = start;
  const [match] = LITERAL.exec(text) ?? [];
  if (match === undefined) throw new DocumentError(start, 'is no JSON: a value is missing here');
  return { kind: 'scalar', text: match, style: 'plain', start, end: start + match.length, ...NO_PROPERTIES };
}

const NO_PROPERTIES = { tag: undefined, anchored: false } as const;

function expectSign(text: string, offset: number, sign: string): number {
  if (text[offset] !== sign) throw new DocumentError(offset, `is no JSON: "${sign}" is missing here`);
  return offset + 1;
}

const BLANK = /[ \t\r\n]*/y;

function skipBlank(text: string, offset: number): number {
  BLANK.lastIndex = offset;
  BLANK.exec(text);
  return BLANK.lastIndex;
}
