import { isScalar, Lexer, type YAMLParseError } from 'yaml';
import { faultIn } from './document-error.ts';
import { type FirstDocument, readFirstDocument } from './first-document.ts';
import type { Node, SyntaxFault } from './node.ts';
import { yamlFaultMessage } from './yaml-faults.ts';
import { nodeTree } from './yaml-tree.ts';

/**
 * Keeps scalars as they are written. scalar.ts reads them like Go's library, which follows neither YAML 1.1 nor 1.2.
 * Keys may repeat, because kubectl accepts it, and the library's check takes quadratic time.
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

/** kubectl reads only the first document between two `---`, and drops everything after a line `...`. */
export interface YamlDocument {
  /** Undefined if there are only comments. */
  readonly root: Node | undefined;
  readonly fault: SyntaxFault | undefined;
  /** Start of the part that kubectl drops. */
  readonly ignoredFrom?: number;
}

/** `base` is the offset of `chunk` in the text of the file. */
export function readYaml(chunk: string, base: number): YamlDocument {
  // kubectl also ends a line, and so a comment, at a single carriage return and at three characters of Unicode.
  const text = chunk.replace(/\r(?!\n)|[\x85\u2028\u2029]/g, '\n');
  const first = readLenient(text);
  if (first.fault !== undefined) return { root: undefined, fault: syntaxFault(first.fault, text, base) };
  const { document, secondAt } = first;
  if (document.contents === null || isEmptyNode(document.contents))
    return { root: undefined, fault: undefined };
  try {
    const root = nodeTree(document.contents, text, base);
    return {
      root,
      fault: undefined,
      ...(secondAt === undefined ? {} : { ignoredFrom: base + secondAt }),
    };
  } catch (error) {
    if (error instanceof RangeError)
      return { root: undefined, fault: { offset: base, message: 'is nested too deeply' } };
    return { root: undefined, fault: faultIn(error) };
  }
}

function readLenient(text: string): FirstDocument {
  const first = readFirstDocument(text, new Lexer(), OPTIONS);
  if (first.fault?.code !== 'BAD_INDENT' && first.fault?.code !== 'MISSING_CHAR') return first;
  const unindented = readFirstDocument(text, new UnindentedLexer(), OPTIONS);
  return unindented.fault === undefined ? { ...unindented, secondAt: undefined } : first;
}

/**
 * An unclosed quote or bracket is noticed at the end of the document. The position is then its last line, not the
 * separator after it.
 */
const syntaxFault = ({ code, pos: [at] }: YAMLParseError, text: string, base: number): SyntaxFault => ({
  offset: base + Math.max(Math.min(at, text.trimEnd().length - 1), 0),
  message: yamlFaultMessage(code),
});

const isEmptyNode = (contents: unknown): boolean =>
  isScalar(contents) && (contents.source ?? '') === '' && contents.type === 'PLAIN' && !contents.tag;

/**
 * For a document whose quotes or brackets continue in lines with too little indentation. YAML forbids it, and
 * libyaml, the scanner of kubectl, accepts it. The library's lexer checks `indentNext`, which here only means a line
 * start between the quotes.
 */
class UnindentedLexer extends Lexer {
  constructor() {
    super();
    const internals = this as unknown as LexerInternals;
    for (const step of ['parseQuotedScalar', 'parseFlowCollection'] as const) {
      const parse = internals[step].bind(internals);
      internals[step] = function* () {
        const before = internals.indentNext;
        internals.indentNext = 0;
        const next = yield* parse();
        internals.indentNext = before;
        return next;
      };
    }
  }
}

/** Members that the library declares private. */
interface LexerInternals {
  indentNext: number;
  parseQuotedScalar: () => Generator<string, unknown>;
  parseFlowCollection: () => Generator<string, unknown>;
}
