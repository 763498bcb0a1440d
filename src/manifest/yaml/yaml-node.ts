import { type Document, isScalar, parseDocument, type YAMLParseError } from 'yaml';
import type { Node, SyntaxFault } from './node.ts';
import { scannerFault } from './scanner-faults.ts';
import { parseUnindented } from './unindented.ts';
import { reasonOf } from './yaml-faults.ts';
import { treeOf, YamlFault } from './yaml-tree.ts';

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
  logLevel: 'error',
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
  // A carriage return alone ends a line for kubectl, and so does what Unicode calls the next line.
  const text = /\r(?!\n)|\x85/.test(chunk) ? chunk.replace(/\r(?!\n)|\x85/g, '\n') : chunk;
  const document = parse(text);
  const fault = document.errors.find(isFault);
  if (fault !== undefined) return { root: undefined, fault: faultOf(fault, text, base) };
  if (document.contents === null || isNothing(document.contents))
    return { root: undefined, fault: scannerFault(undefined, text, base) };
  try {
    const cut = document.errors.find(({ code }) => code === CUT);
    const root = treeOf(document.contents, text, base);
    const read = cut === undefined ? text : text.slice(0, cut.pos[0]);
    const unscanned = scannerFault(root, read, base);
    if (unscanned !== undefined) return { root: undefined, fault: unscanned };
    return { root, fault: undefined, ...(cut === undefined ? {} : { cut: base + cut.pos[0] }) };
  } catch (error) {
    if (error instanceof RangeError)
      return { root: undefined, fault: { at: base, message: 'is nested too deeply' } };
    if (error instanceof YamlFault)
      return { root: undefined, fault: { at: error.at, message: error.message } };
    throw error;
  }
}

function parse(text: string): Document.Parsed {
  const document = parseDocument(text, OPTIONS);
  const fault = document.errors.find(isFault);
  if (fault?.code !== 'BAD_INDENT' && fault?.code !== 'MISSING_CHAR') return document;
  const unindented = parseUnindented(text, OPTIONS);
  return unindented === undefined || unindented.errors.some(isFault) ? document : unindented;
}

const isFault = ({ code }: YAMLParseError): boolean => code !== CUT;

/** What is never closed is missed at the end of the document: then its last line is told, not the separator behind it. */
const faultOf = ({ code, pos: [at] }: YAMLParseError, text: string, base: number): SyntaxFault => ({
  at: base + Math.max(Math.min(at, text.trimEnd().length - 1), 0),
  message: reasonOf(code),
});

const isNothing = (contents: unknown): boolean =>
  isScalar(contents) && (contents.source ?? '') === '' && contents.type === 'PLAIN' && !contents.tag;
