import { fold } from '../vocabulary/vocabulary.ts';
import { chanceIn, runsIn } from './runs.ts';
import {
  ALPHANUMERIC,
  BEYOND,
  BEYOND_ASCII,
  BEYOND_F,
  CLASS,
  CONTENT,
  IS_CHANGE,
  KINDS,
  LETTER_NUMBER,
  SIGN_BITS,
  TRAITS,
} from './traits.ts';
import { groupsOf, nextCode } from './triggers.ts';

/**
 * One text, and what a pass over its characters shows. A check reads these facts first: nearly every value has none of
 * the characters that the check looks for. All but the text and its folded form hold no part of it.
 */
export class ScannedText {
  readonly text: string;
  readonly #traits: number;
  /** The ASCII signs in the text, one bit each: compare with `signBits`. */
  readonly signs: number;
  /** The number of ASCII letters and digits. */
  readonly alphanumerics: number;
  /** Changes between digits, capitals and other characters. A capital before a small letter is no change. */
  readonly changes: number;
  /** The following facts need a pass of their own, and not every check asks for them. */
  #triggers: number | undefined;
  #runs: number | undefined;
  #isChance: boolean | undefined;
  #folded: string | undefined;

  constructor(text: string, traits: number, signs: number, alphanumerics: number, changes: number) {
    this.text = text;
    this.#traits = traits;
    this.signs = signs;
    this.alphanumerics = alphanumerics;
    this.changes = changes;
  }

  /** The kinds of all characters. */
  get kinds(): number {
    return this.#traits & KINDS;
  }

  get isAscii(): boolean {
    return (this.#traits & BEYOND_ASCII) === 0;
  }

  /** A character that is in no filler. */
  get hasContent(): boolean {
    return (this.#traits & CONTENT) !== 0;
  }

  /** The groups of trigger words that may be in the text. Meaningful for ASCII only. */
  get triggers(): number {
    this.#triggers ??= (this.#traits & BEYOND_F) === 0 ? 0 : triggersIn(this.text);
    return this.#triggers;
  }

  get runs(): number {
    this.#runs ??= runsIn(this.text);
    return this.#runs;
  }

  /** Digits that stand for no letter (2, 6, 9) between letters, or six consonants in a row, also as digits. */
  get isChance(): boolean {
    this.#isChance ??= chanceIn(this.text);
    return this.#isChance;
  }

  /** In small letters, without diacritics. */
  get folded(): string {
    this.#folded ??= fold(this.text, this.isAscii);
    return this.#folded;
  }
}

export function scan(text: string): ScannedText {
  const { length } = text;
  let traits = 0;
  let signs = 0;
  let alphanumerics = 0;
  let changes = 0;
  let before = length === 0 ? 0 : (TRAITS[Math.min(text.charCodeAt(0), BEYOND)]! >> CLASS) & 3;
  for (let at = 0; at < length; at++) {
    const code = Math.min(text.charCodeAt(at), BEYOND);
    const trait = TRAITS[code]!;
    traits |= trait;
    signs |= SIGN_BITS[code]!;
    alphanumerics += (trait >> ALPHANUMERIC) & 1;
    const now = (trait >> CLASS) & 3;
    changes += (IS_CHANGE >> ((before << 2) | now)) & 1;
    before = now;
  }
  return new ScannedText(text, traits, signs, alphanumerics, changes);
}

function triggersIn(text: string): number {
  let triggers = 0;
  let last = 0;
  for (let at = 0; at < text.length; at++) {
    const trait = TRAITS[Math.min(text.charCodeAt(at), BEYOND)]!;
    last = nextCode(last, (trait >> LETTER_NUMBER) & 31);
    triggers |= groupsOf(last);
  }
  return triggers;
}
