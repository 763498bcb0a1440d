import { RE2JS, RE2JSException, RE2JSSyntaxException, RE2Set } from 're2js';
import { visible } from './schema/problem.ts';

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
/** Bytes for the states of one pattern. A pattern that needs more of them is followed without states. */
const MAX_STATE_BYTES = 8192;

/**
 * Throws an error with a sentence about the pattern if it can't be used.
 *
 * The build loads this file with its library only for the first pattern.
 */
export function compilePattern(text: string): Pattern {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  if (compiled.size >= MAX_COMPILED) compiled.clear();
  const pattern = compile(text);
  compiled.set(text, pattern);
  return pattern;
}

/** Compiling takes longer than matching, and policies of a cluster repeat their patterns. */
const compiled = new Map<string, Pattern>();
const MAX_COMPILED = 1024;

function compile(text: string): Pattern {
  const instructions = instructionsOf(text);
  if (instructions > MAX_INSTRUCTIONS)
    throw new Error(`takes more than ${MAX_INSTRUCTIONS} instructions of RE2: shorten it, or repeat less`);
  const set = new RE2Set(RE2Set.UNANCHORED, 0, MAX_STATE_BYTES);
  set.add(text);
  set.compile();
  return {
    instructions,
    maxCharacters: Math.min(MAX_CHARACTERS, Math.floor(MAX_STEPS / instructions)),
    matches: (value) => set.match(value).length > 0,
  };
}

function instructionsOf(text: string): number {
  try {
    return RE2JS.compile(text).programSize();
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
