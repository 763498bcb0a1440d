/**
 * The classes of characters, as bits: a set of classes is one number. Signs that mean something in a URL, a template or
 * a file have a class of their own.
 */
export const CHARACTER = {
  lower: 1 << 0,
  upper: 1 << 1,
  digit: 1 << 2,
  space: 1 << 3,
  /** Tab, vertical tab, form feed. */
  tab: 1 << 4,
  /** Line feed, carriage return. */
  lineBreak: 1 << 5,
  /** Any other character below the space, and DEL. */
  control: 1 << 6,
  dash: 1 << 7,
  underscore: 1 << 8,
  dot: 1 << 9,
  plus: 1 << 10,
  slash: 1 << 11,
  equals: 1 << 12,
  colon: 1 << 13,
  at: 1 << 14,
  comma: 1 << 15,
  semicolon: 1 << 16,
  dollar: 1 << 17,
  percent: 1 << 18,
  hash: 1 << 19,
  asterisk: 1 << 20,
  brace: 1 << 21,
  angle: 1 << 22,
  bracket: 1 << 23,
  parenthesis: 1 << 24,
  /** `"` and `'` */
  quote: 1 << 25,
  backtick: 1 << 26,
  /** `!`, `&`, `?`, `\`, `^`, `|`, `~` */
  otherSign: 1 << 27,
  nonAscii: 1 << 28,
  /** The bytes are no text in UTF-8. No other class is set. */
  notText: 1 << 29,
} as const;

export const EVERY_CLASS = 2 ** 30 - 1;

export const LETTER = CHARACTER.lower | CHARACTER.upper;
/** The padding is a part of base64. */
export const BASE64 = LETTER | CHARACTER.digit | CHARACTER.plus | CHARACTER.slash | CHARACTER.equals;
/** The blanks that `\s` matches, and everything outside ASCII, where there are more. */
export const BLANK = CHARACTER.space | CHARACTER.tab | CHARACTER.lineBreak | CHARACTER.nonAscii;
/** The class of each ASCII character, by its code. */
const CLASS_OF = classTable();

function classTable(): Int32Array {
  const table = new Int32Array(128).fill(CHARACTER.control, 0, 0x20);
  const set = (characters: string, bit: number): void => {
    for (const one of characters) table[one.charCodeAt(0)] = bit;
  };
  set('\x7f', CHARACTER.control);
  set('\t\v\f', CHARACTER.tab);
  set('\n\r', CHARACTER.lineBreak);
  set('abcdefghijklmnopqrstuvwxyz', CHARACTER.lower);
  set('ABCDEFGHIJKLMNOPQRSTUVWXYZ', CHARACTER.upper);
  set('0123456789', CHARACTER.digit);
  set(' ', CHARACTER.space);
  set('-', CHARACTER.dash);
  set('_', CHARACTER.underscore);
  set('.', CHARACTER.dot);
  set('+', CHARACTER.plus);
  set('/', CHARACTER.slash);
  set('=', CHARACTER.equals);
  set(':', CHARACTER.colon);
  set('@', CHARACTER.at);
  set(',', CHARACTER.comma);
  set(';', CHARACTER.semicolon);
  set('$', CHARACTER.dollar);
  set('%', CHARACTER.percent);
  set('#', CHARACTER.hash);
  set('*', CHARACTER.asterisk);
  set('{}', CHARACTER.brace);
  set('<>', CHARACTER.angle);
  set('[]', CHARACTER.bracket);
  set('()', CHARACTER.parenthesis);
  set('"\'', CHARACTER.quote);
  set('`', CHARACTER.backtick);
  set('!&?\\^|~', CHARACTER.otherSign);
  return table;
}

/**
 * The result of one scan of a text. The record holds no part of the text. A rule or a classifier reads it first,
 * and returns at once if the text lacks what it looks for.
 *
 * @example value.facts.has(CHARACTER.lineBreak | CHARACTER.quote)
 */
export class ValueFacts {
  /** UTF-16 units. */
  readonly length: number;
  /** The classes of all characters. */
  readonly classes: number;
  /** The class of the first character, and of the last one. */
  readonly first: number;
  readonly last: number;
  /** It holds `://`. */
  readonly hasScheme: boolean;

  constructor(length: number, classes: number, first: number, last: number, hasScheme: boolean) {
    this.length = length;
    this.classes = classes;
    this.first = first;
    this.last = last;
    this.hasScheme = hasScheme;
  }

  /** The text has a character of one of these classes. */
  has(classes: number): boolean {
    return (this.classes & classes) !== 0;
  }

  /** The text has no character outside these classes. */
  hasOnly(classes: number): boolean {
    return (this.classes & ~classes) === 0;
  }

  /** A length of a value is printed nowhere either. */
  toJSON(): string {
    return '[redacted]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[redacted]';
  }
}

const { notText: NOT_TEXT, nonAscii: NON_ASCII, colon: COLON } = CHARACTER;

export const FACTS_OF_BYTES = new ValueFacts(0, NOT_TEXT, NOT_TEXT, NOT_TEXT, false);

/** The facts of a text that is too long to be scanned: it may hold anything. */
export const UNKNOWN_FACTS = new ValueFacts(
  Number.MAX_SAFE_INTEGER,
  EVERY_CLASS,
  EVERY_CLASS,
  EVERY_CLASS,
  true,
);

/** Scans the text once. */
export function factsOf(text: string): ValueFacts {
  const { length } = text;
  const first = length === 0 ? 0 : classAt(text, 0);
  let classes = first;
  let last = first;
  for (let at = 1; at < length; at++) {
    last = classAt(text, at);
    classes |= last;
  }
  return new ValueFacts(length, classes, first, last, (classes & COLON) !== 0 && text.includes('://'));
}

function classAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 128 ? CLASS_OF[code]! : NON_ASCII;
}
