import {
  Composer,
  type Document,
  type DocumentOptions,
  Lexer,
  type ParseOptions,
  Parser,
  type SchemaOptions,
} from 'yaml';

/**
 * Parses a document whose quotes or brackets continue in lines with too little indentation. YAML forbids it, and
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

/** The first document of the text. */
export function parseUnindented(
  text: string,
  options: ParseOptions & DocumentOptions & SchemaOptions,
): Document.Parsed | undefined {
  const [document] = new Composer(options).compose(tokensOf(text), true, text.length);
  return document;
}

function* tokensOf(text: string) {
  const parser = new Parser();
  for (const lexeme of new UnindentedLexer().lex(text)) yield* parser.next(lexeme);
  yield* parser.end();
}
