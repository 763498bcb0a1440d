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
 * A document whose quotes or brackets go on in lines that are indented too little: YAML forbids it, and libyaml's scanner, kubectl's, does not ask. The
 * library's lexer asks by `indentNext`, which here is no more than a line start between the quotes.
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

/** What the library's declarations call private. */
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
