import { faultOf } from './alias-check.ts';
import { readJson } from './json-node.ts';
import type { Node, SyntaxFault } from './node.ts';
import { readYaml } from './yaml-node.ts';

export interface ManifestDocument {
  readonly start: number;
  readonly end: number;
  /** Undefined where there is nothing, or a fault. */
  readonly root: Node | undefined;
  readonly fault: SyntaxFault | undefined;
  /** Where something begins that kubectl does not read. */
  readonly cut?: number;
}

/**
 * A manifest in documents, as kubectl parts it (apimachinery, util/yaml/decoder.go): JSON values one behind the other, or lines that begin with `---`.
 * What begins as JSON and turns out to be none goes on as YAML, unless two values were JSON already. Where kubectl stops at a fault, the documents
 * behind it are read too. `only`: no more is parsed than the document that this offset is in.
 */
export function* documentsOf(text: string, only?: number): Generator<ManifestDocument> {
  let at = text.startsWith('\ufeff') ? 1 : 0;
  if (isJson(text, at)) {
    let count = 0;
    for (; /\S/.test(text.charAt(firstSign(text, at))); count += 1) {
      const found = readJson(text, firstSign(text, at));
      if ('message' in found) {
        if (count < 2) break;
        yield { start: at, end: text.length, root: undefined, fault: found };
        return;
      }
      yield sound(found, at, found.end);
      at = found.end;
    }
    at = behindNewline(text, at);
  }
  for (const [start, end] of yamlChunks(text, at)) {
    if (only === undefined || (start <= only && only < end)) yield yamlDocument(text, start, end);
  }
}

const isJson = (text: string, at: number): boolean => text[firstSign(text, at)] === '{';

const SIGN = /\S|$/g;

function firstSign(text: string, at: number): number {
  SIGN.lastIndex = at;
  return SIGN.exec(text)?.index ?? text.length;
}

/** Behind the blanks that follow, but no further than the first newline. */
function behindNewline(text: string, at: number): number {
  const sign = firstSign(text, at);
  const newline = text.indexOf('\n', at);
  return newline === -1 || newline > sign ? sign : newline + 1;
}

const SEPARATOR = '---';

/** Where each begins and ends. One that begins with a separator is a bad separator. */
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

/** libyaml, reader.c. */
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;

/**
 * Lines and items of one document. A large CustomResourceDefinition has 30,000 lines; 400,000 take three seconds and 400 MB to read, and no API server
 * takes them.
 */
const MOST = 400_000;

function yamlDocument(text: string, start: number, end: number): ManifestDocument {
  const chunk = text.slice(start, end);
  const control = chunk.search(CONTROL);
  const broken = (at: number, message: string): ManifestDocument => ({
    start,
    end,
    root: undefined,
    fault: { at, message },
  });
  if (chunk.startsWith(SEPARATOR)) return broken(start, BAD_SEPARATOR);
  if (control !== -1)
    return broken(start + control, 'holds a control character: in double quotes write \\x and its code');
  const first = firstLine(chunk);
  if (chunk[first] === '%')
    return broken(start + first, 'begins with a directive (%), which kubectl refuses: remove that line');
  if (isLargerThan(chunk, MOST))
    return broken(start, `has more than ${MOST} lines and items in one document: part it`);
  const { root, ...rest } = readYaml(chunk, start);
  return { start, end, root, ...rest, ...(root === undefined ? {} : sound(root, start, end)) };
}

/** Where the first line begins that is neither blank nor a comment. */
const firstLine = (chunk: string): number => /^(?![ \t\r]*(?:#|$))/m.exec(chunk)?.index ?? chunk.length;

function sound(root: Node, start: number, end: number): ManifestDocument {
  const fault = faultOf(root);
  return { start, end, root: fault === undefined ? root : undefined, fault };
}

function isLargerThan(chunk: string, most: number): boolean {
  if (chunk.length <= most) return false;
  let count = 0;
  for (const _ of chunk.matchAll(/[\n,[{]|- |: /g)) {
    count += 1;
    if (count > most) return true;
  }
  return false;
}
