import { type Document, isScalar, parseDocument, type YAMLParseError } from 'yaml';
import type { Node, SyntaxFault } from './node.ts';
import { scannerFault } from './scanner-faults.ts';
import { parseUnindented } from './unindented.ts';
import { yamlFaultMessage } from './yaml-faults.ts';
import { nodeTree, YamlTreeError } from './yaml-tree.ts';

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
  readonly ignoredFrom?: number;
}

const MULTIPLE_DOCUMENTS = 'MULTIPLE_DOCS';

/** `base` is where `chunk` begins in the text of the file. */
export function readYaml(chunk: string, base: number): YamlDocument {
  // A carriage return alone ends a line for kubectl, and so does what Unicode calls the next line.
  const text = /\r(?!\n)|\x85/.test(chunk) ? chunk.replace(/\r(?!\n)|\x85/g, '\n') : chunk;
  const document = parseLenient(text);
  const fault = document.errors.find(isYamlFault);
  if (fault !== undefined) return { root: undefined, fault: syntaxFault(fault, text, base) };
  if (document.contents === null || isEmptyNode(document.contents))
    return { root: undefined, fault: scannerFault(undefined, text, base) };
  try {
    const secondDocument = document.errors.find(({ code }) => code === MULTIPLE_DOCUMENTS);
    const root = nodeTree(document.contents, text, base);
    const readText = secondDocument === undefined ? text : text.slice(0, secondDocument.pos[0]);
    const scanFault = scannerFault(root, readText, base);
    if (scanFault !== undefined) return { root: undefined, fault: scanFault };
    return {
      root,
      fault: undefined,
      ...(secondDocument === undefined ? {} : { ignoredFrom: base + secondDocument.pos[0] }),
    };
  } catch (error) {
    if (error instanceof RangeError)
      return { root: undefined, fault: { offset: base, message: 'is nested too deeply' } };
    if (error instanceof YamlTreeError)
      return { root: undefined, fault: { offset: error.offset, message: error.message } };
    throw error;
  }
}

function parseLenient(text: string): Document.Parsed {
  const document = parseDocument(text, OPTIONS);
  const fault = document.errors.find(isYamlFault);
  if (fault?.code !== 'BAD_INDENT' && fault?.code !== 'MISSING_CHAR') return document;
  const unindented = parseUnindented(text, OPTIONS);
  return unindented === undefined || unindented.errors.some(isYamlFault) ? document : unindented;
}

const isYamlFault = ({ code }: YAMLParseError): boolean => code !== MULTIPLE_DOCUMENTS;

/** What is never closed is missed at the end of the document: then its last line is told, not the separator behind it. */
const syntaxFault = ({ code, pos: [at] }: YAMLParseError, text: string, base: number): SyntaxFault => ({
  offset: base + Math.max(Math.min(at, text.trimEnd().length - 1), 0),
  message: yamlFaultMessage(code),
});

const isEmptyNode = (contents: unknown): boolean =>
  isScalar(contents) && (contents.source ?? '') === '' && contents.type === 'PLAIN' && !contents.tag;
