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
    const inner = this as unknown as Inside;
    for (const step of ['parseQuotedScalar', 'parseFlowCollection'] as const) {
      const parse = inner[step].bind(inner);
      inner[step] = function* () {
        const before = inner.indentNext;
        inner.indentNext = 0;
        const next = yield* parse();
        inner.indentNext = before;
        return next;
      };
    }
  }
}

/** What the library's declarations call private. */
interface Inside {
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
