import { RE2JSException, RE2JSSyntaxException, RE2Set } from 're2js';
import { SPEND_NOTHING, type Spend } from './cost.ts';
import { foldedCharacters, patternSize } from './pattern-size.ts';
import { visible } from './schema/problem.ts';

/** A `pattern` of a policy as it is written. */
export interface PatternText {
  readonly text: string;
}

/** A compiled `pattern` of a policy. */
export interface Pattern {
  /** The pattern is asked only of values of up to this number of characters. */
  readonly maxCharacters: number;
  /** Instructions of RE2, of which each may run at each character. */
  readonly instructions: number;
  /** The pattern matches any part of the text, as a `pattern` of OpenAPI does. */
  readonly matches: (text: string) => boolean;
}

/**
 * In the worst case, RE2 follows each instruction of a pattern at each character. Many of these steps take a
 * millisecond, so a larger pattern is asked of shorter values.
 */
const MAX_STEPS = 65_536;
const MAX_CHARACTERS = 2048;
const MAX_INSTRUCTIONS = 512;
/** RE2 sorts the ranges of all instructions. `\pL` has 650 of them, and a repetition has them each time. */
const MAX_RANGES = 131_072;
/** RE2 looks for the other case of each character of a range. */
const MAX_FOLDED_CHARACTERS = 65_536;
/** Bytes for the states of one pattern. A pattern that needs more of them is followed without states. */
const MAX_STATE_BYTES = 8192;

/** Measured on the worst patterns. */
const STEPS = {
  perPattern: 10_000,
  perCharacter: 250,
  /** Each `\p{…}` has hundreds of ranges, which RE2 sorts at each union. */
  perUnicodeClass: 16_000,
  perFoldedCharacter: 2,
  perInstruction: 160,
  perRange: 2,
} as const;
const BYTES = { perPattern: 2 * MAX_STATE_BYTES, perInstruction: 300, perRange: 12 } as const;

/**
 * The patterns of policies that exist, each as long as its text. A policy that is only reviewed is gone with its
 * review, and so are its patterns.
 */
const kept = new WeakMap<PatternText, Pattern>();

/** The pattern of a policy in effect. */
export function patternOf(source: PatternText): Pattern {
  const known = kept.get(source);
  if (known !== undefined) return known;
  const pattern = compilePattern(source.text);
  kept.set(source, pattern);
  return pattern;
}

export function keepPattern(source: PatternText, pattern: Pattern): void {
  kept.set(source, pattern);
}

export function releasePattern(source: PatternText): void {
  kept.delete(source);
}

/**
 * Throws an error with a sentence about the pattern if it can't be used.
 */
export function compilePattern(text: string, spend: Spend = SPEND_NOTHING): Pattern {
  const folded = foldedCharacters(text);
  if (folded > MAX_FOLDED_CHARACTERS)
    throw new Error(
      `has ranges of more than ${MAX_FOLDED_CHARACTERS} characters under (?i): write shorter ranges, or remove (?i)`,
    );
  spend(
    STEPS.perPattern +
      STEPS.perCharacter * text.length +
      STEPS.perUnicodeClass * (text.match(/\\[pP]/g)?.length ?? 0) +
      STEPS.perFoldedCharacter * folded,
  );
  const set = new RE2Set(RE2Set.UNANCHORED, 0, MAX_STATE_BYTES);
  parseInto(set, text);
  const size = patternSize(set.regexps[0]);
  // The size is a bound that simple patterns reach twice.
  if (size.instructions > 4 * MAX_INSTRUCTIONS) throw new Error(TOO_MANY_INSTRUCTIONS);
  if (size.ranges > MAX_RANGES)
    throw new Error(
      `takes more than ${MAX_RANGES} ranges of characters: repeat classes such as \\pL less often`,
    );
  spend(
    STEPS.perInstruction * size.instructions + STEPS.perRange * size.ranges,
    BYTES.perPattern + BYTES.perInstruction * size.instructions + BYTES.perRange * size.distinctRanges,
  );
  set.compile();
  const instructions = set.prog.numInst();
  if (instructions > MAX_INSTRUCTIONS) throw new Error(TOO_MANY_INSTRUCTIONS);
  // The library needs the parsed patterns no more.
  set.regexps.length = 0;
  return {
    instructions,
    maxCharacters: Math.min(MAX_CHARACTERS, Math.floor(MAX_STEPS / instructions)),
    matches: (value) => set.match(value).length > 0,
  };
}

const TOO_MANY_INSTRUCTIONS = `takes more than ${MAX_INSTRUCTIONS} instructions of RE2: shorten it, or repeat less`;

function parseInto(set: RE2Set, text: string): void {
  try {
    set.add(text);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new Error(`is no RE2 pattern${reasonOf(error)}: correct it`);
  }
}

/** The library quotes the whole pattern for some faults. Only a short quotation shows the place. */
function reasonOf(error: RE2JSException): string {
  if (!(error instanceof RE2JSSyntaxException)) return '';
  const piece = error.getPattern();
  const place = piece === null || piece.length > 16 ? '' : ` ${visible(piece)}`;
  return ` (${error.getDescription()}${place})`;
}
