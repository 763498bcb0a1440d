import {
  Composer,
  type Document,
  type DocumentOptions,
  type Lexer,
  type ParseOptions,
  Parser,
  type SchemaOptions,
  type YAMLParseError,
} from 'yaml';

/** The first document of a text, or its first fault. */
export type FirstDocument =
  | {
      readonly fault: undefined;
      readonly document: Document.Parsed;
      /** Start of a second document. */
      readonly secondAt: number | undefined;
    }
  | { readonly fault: YAMLParseError };

/** Reading ends at the first fault: a text can have one in each line, and each would be an error with a stack. */
export function readFirstDocument(
  text: string,
  lexer: Lexer,
  options: ParseOptions & DocumentOptions & SchemaOptions,
): FirstDocument {
  try {
    const documents = new FirstFaultComposer(options).compose(tokensOf(text, lexer), true, text.length);
    // `compose` gives at least one document.
    const document = documents.next().value as Document.Parsed;
    const [fault] = document.errors;
    if (fault !== undefined) return { fault };
    const second = documents.next().value as Document.Parsed | undefined;
    return { fault, document, secondAt: second?.range[0] };
  } catch (error) {
    if (error instanceof FirstFault) return { fault: error.fault };
    throw error;
  }
}

function* tokensOf(text: string, lexer: Lexer) {
  const parser = new Parser();
  for (const lexeme of lexer.lex(text)) yield* parser.next(lexeme);
  yield* parser.end();
}

class FirstFault extends Error {
  readonly fault: YAMLParseError;

  constructor(fault: YAMLParseError) {
    super(fault.message);
    this.fault = fault;
  }
}

/** Throws at the first fault of the first document. Faults of a second document do not count. */
class FirstFaultComposer extends Composer {
  constructor(options: ParseOptions & DocumentOptions & SchemaOptions) {
    super(options);
    const internals = this as unknown as ComposerInternals;
    const collect = internals.onError;
    internals.onError = (...fault) => {
      collect(...fault);
      const [first] = internals.errors;
      if (internals.doc === null && first !== undefined) throw new FirstFault(first);
    };
  }
}

/** Members that the library declares private. */
interface ComposerInternals {
  readonly doc: Document | null;
  readonly errors: readonly YAMLParseError[];
  onError: (...fault: readonly unknown[]) => void;
}
