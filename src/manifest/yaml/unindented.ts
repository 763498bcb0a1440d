import { Lexer } from 'yaml';

/**
 * For a document whose quotes or brackets continue in lines with too little indentation. YAML forbids it, and
 * libyaml, the scanner of kubectl, accepts it. The library's lexer checks `indentNext`, which here only means a line
 * start between the quotes.
 */
export class UnindentedLexer extends Lexer {
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
