/** A parsed pattern of the library re2js, with its repetitions written out. */
interface ParsedPattern {
  readonly op: number;
  /** The parts, of which a repetition names one many times. */
  readonly subs: readonly ParsedPattern[] | null;
  /** The characters of a text, or the first and last character of each range of a class. */
  readonly runes: ArrayLike<number> | null;
}

/** `Regexp.Op.LITERAL` of re2js, which is the only node with one instruction for each character. */
const LITERAL = 2;

export interface PatternSize {
  /** At least as many as the compiled pattern has. */
  readonly instructions: number;
  /** The sum over all instructions. */
  readonly ranges: number;
  /** Those that memory holds: the instructions of a repetition share theirs. */
  readonly distinctRanges: number;
}

/** The size of a pattern before it is compiled: `(?:\pL{9}){9}` is a short text with 53,000 ranges. */
export function patternSize(root: ParsedPattern): PatternSize {
  const known = new Map<ParsedPattern, Omit<PatternSize, 'distinctRanges'>>();
  let distinctRanges = 0;

  const sizeOf = (node: ParsedPattern): Omit<PatternSize, 'distinctRanges'> => {
    const before = known.get(node);
    if (before !== undefined) return before;
    const runes = node.runes?.length ?? 0;
    const isLiteral = node.op === LITERAL;
    if (!isLiteral) distinctRanges += runes / 2;
    let instructions = isLiteral ? runes : 2;
    let ranges = isLiteral ? runes : runes / 2;
    for (const sub of node.subs ?? []) {
      const size = sizeOf(sub);
      instructions += size.instructions;
      ranges += size.ranges;
    }
    const size = { instructions, ranges };
    known.set(node, size);
    return size;
  };

  return { ...sizeOf(root), distinctRanges };
}

const IGNORES_CASE = /\(\?[a-zA-Z-]*i/;
/** A character of a class, written in any way that RE2 knows. */
const CHARACTER = /\\x\{([0-9a-fA-F]{1,8})\}|\\x([0-9a-fA-F]{2})|\\.|./gsu;

/**
 * The number of characters in the ranges of a pattern that ignores case, at least. It reads each `a-b` as a range, also
 * outside of a class.
 */
export function foldedCharacters(text: string): number {
  if (!IGNORES_CASE.test(text)) return 0;
  const characters = Array.from(text.matchAll(CHARACTER), ([written, long, short]) => ({
    isDash: written === '-',
    code:
      long === undefined && short === undefined ? codeOf(written) : Number.parseInt(long ?? short ?? '', 16),
  }));
  return characters.reduce((sum, { isDash }, index) => {
    const [first, last] = [characters[index - 1], characters[index + 1]];
    if (!isDash || first === undefined || last === undefined) return sum;
    return sum + Math.max(0, Math.min(last.code, MAX_FOLD) - first.code);
  }, 0);
}

/** No letter above has another case. */
const MAX_FOLD = 125_251;

/** The code of `a`, and of `\a` no more than that of its letter: an octal number has less than 512. */
const codeOf = (written: string): number =>
  written.codePointAt(written.length > 1 && written[0] === '\\' ? 1 : 0) ?? 0;
