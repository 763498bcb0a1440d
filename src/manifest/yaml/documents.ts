import { Lexer } from 'yaml';
import { documentFault } from './alias-check.ts';
import { parseJson } from './json-node.ts';
import type { Node, SyntaxFault } from './node.ts';
import { readYaml } from './yaml-node.ts';

export interface ManifestDocument {
  readonly start: number;
  readonly end: number;
  /** Undefined if the document is empty or has a fault. */
  readonly root: Node | undefined;
  readonly fault: SyntaxFault | undefined;
  /** Offset of the part that kubectl does not read. */
  readonly ignoredFrom?: number;
  /** Not parsed, because `isIrrelevant` said so. */
  readonly isSkipped?: true;
}

export interface SplitOptions {
  /** Limits parsing to the YAML document at this offset. */
  readonly onlyAt?: number;
  /** Whether the text of a YAML document makes it unnecessary to parse it. */
  readonly isIrrelevant?: (document: string) => boolean;
  /** Whether the whole text is one JSON value that need not be parsed. */
  readonly isIrrelevantJson?: (text: string) => boolean;
}

/**
 * Splits a manifest into documents, like kubectl (apimachinery, util/yaml/decoder.go): consecutive JSON values, or
 * lines that begin with `---`. A text that begins like JSON but is not continues as YAML, unless it began with two
 * JSON values. kubectl stops at a fault; lockstep also reads the documents after it.
 */
export function* splitDocuments(
  text: string,
  { onlyAt, isIrrelevant, isIrrelevantJson }: SplitOptions = {},
): Generator<ManifestDocument> {
  let offset = text.startsWith('\ufeff') ? 1 : 0;
  if (startsWithJson(text, offset)) {
    if (isIrrelevantJson?.(text.slice(offset)) === true) {
      yield { start: offset, end: text.length, root: undefined, fault: undefined, isSkipped: true };
      return;
    }
    let count = 0;
    for (; /\S/.test(text.charAt(nextNonBlank(text, offset))); count += 1) {
      const json = parseJson(text, nextNonBlank(text, offset));
      if ('message' in json) {
        if (count < 2) break;
        yield { start: offset, end: text.length, root: undefined, fault: json };
        return;
      }
      yield checkedDocument(json, offset, json.end);
      offset = json.end;
    }
    offset = afterNewline(text, offset);
  }
  for (const [start, end] of yamlChunks(text, offset)) {
    if (onlyAt !== undefined && (onlyAt < start || onlyAt >= end)) continue;
    if (isIrrelevant?.(text.slice(start, end)) === true)
      yield { start, end, root: undefined, fault: undefined, isSkipped: true };
    else yield readYamlDocument(text, start, end);
  }
}

const startsWithJson = (text: string, at: number): boolean => text[nextNonBlank(text, at)] === '{';

const NON_BLANK = /\S|$/g;

function nextNonBlank(text: string, at: number): number {
  NON_BLANK.lastIndex = at;
  return NON_BLANK.exec(text)?.index ?? text.length;
}

/** The offset after the following blanks, up to the first newline. */
function afterNewline(text: string, at: number): number {
  const nonBlank = nextNonBlank(text, at);
  const newline = text.indexOf('\n', at);
  return newline === -1 || newline > nonBlank ? nonBlank : newline + 1;
}

const SEPARATOR = '---';

/** Start and end of each document. A document that begins with a separator has a bad separator. */
function* yamlChunks(text: string, from: number): Generator<readonly [number, number]> {
  let start = from;
  let line = text.startsWith(SEPARATOR, from) ? from : nextSeparator(text, from);
  while (line !== -1) {
    if (line > start) yield [start, line];
    const newline = text.indexOf('\n', line);
    start = newline === -1 ? text.length : newline + 1;
    if (!/^\s*(?:#|$)/.test(text.slice(line + SEPARATOR.length, start))) yield [line, start];
    line = text.startsWith(SEPARATOR, start) ? start : nextSeparator(text, start);
  }
  if (start < text.length) yield [start, text.length];
}

const BAD_SEPARATOR = 'begins with ---, which parts documents: nothing but a comment may follow on that line';

function nextSeparator(text: string, from: number): number {
  const newline = text.indexOf(`\n${SEPARATOR}`, from);
  return newline === -1 ? -1 : newline + 1;
}

/** Characters that libyaml accepts (reader.c). */
const CONTROL_CHARACTER = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;

/**
 * Limit of lines and of items in one document. A large CustomResourceDefinition has 30,000 lines. 400,000 lines take
 * three seconds and 400 MB to read, and no API server accepts them.
 */
const MAX_LINES_AND_ITEMS = 400_000;

function readYamlDocument(text: string, start: number, end: number): ManifestDocument {
  const chunk = text.slice(start, end);
  const control = chunk.search(CONTROL_CHARACTER);
  const faultyDocument = (at: number, message: string): ManifestDocument => ({
    start,
    end,
    root: undefined,
    fault: { offset: at, message },
  });
  if (chunk.startsWith(SEPARATOR)) return faultyDocument(start, BAD_SEPARATOR);
  if (control !== -1)
    return faultyDocument(
      start + control,
      'holds a control character: in double quotes write \\x and its code',
    );
  const first = firstContentLine(chunk);
  if (chunk[first] === '%')
    return faultyDocument(
      start + first,
      'begins with a directive (%), which kubectl refuses: remove that line',
    );
  if (isLargerThan(chunk, MAX_LINES_AND_ITEMS))
    return faultyDocument(
      start,
      `has more than ${MAX_LINES_AND_ITEMS} lines and items in one document: part it`,
    );
  const { root, ...rest } = readYaml(chunk, start);
  return { start, end, root, ...rest, ...(root === undefined ? {} : checkedDocument(root, start, end)) };
}

/** Start of the first line that is neither blank nor a comment. */
const firstContentLine = (chunk: string): number =>
  /^(?![ \t\r]*(?:#|$))/m.exec(chunk)?.index ?? chunk.length;

function checkedDocument(root: Node, start: number, end: number): ManifestDocument {
  const fault = documentFault(root);
  return { start, end, root: fault === undefined ? root : undefined, fault };
}

function isLargerThan(chunk: string, max: number): boolean {
  if (chunk.length <= max) return false;
  let count = 0;
  for (const _ of chunk.matchAll(/[\n,[{]|- |: /g)) {
    count += 1;
    if (count > max) return hasMoreTokens(chunk, max);
  }
  return false;
}

/** The signs inside a text are no items: JSON in a block of text is one token. */
function hasMoreTokens(chunk: string, max: number): boolean {
  let count = 0;
  for (const token of new Lexer().lex(chunk)) {
    if (ITEM_TOKENS.has(token)) count += 1;
    if (count > max) return true;
  }
  return false;
}

const ITEM_TOKENS: ReadonlySet<string> = new Set(['\n', '\r\n', ',', '[', '{', '-', ':']);
