import { isAscii, unicodePattern } from './vocabulary/characters.ts';
import { fold, lettersOf } from './vocabulary/vocabulary.ts';
import { unleet } from './words/leet.ts';

/** One value, and the forms of it that several detectors read. Each form is made when it is first asked for. */
export class ValueText {
  readonly text: string;
  #isAscii: boolean | undefined;
  #folded: string | undefined;
  #letters: string | undefined;
  #sentence: string | false | undefined;
  #leetReadings: readonly string[] | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get isAscii(): boolean {
    this.#isAscii ??= isAscii(this.text);
    return this.#isAscii;
  }

  /** In small letters, without diacritics. */
  get folded(): string {
    this.#folded ??= fold(this.text, this.isAscii);
    return this.#folded;
  }

  /** The letters and digits of the folded text. */
  get letters(): string {
    this.#letters ??= lettersOf(this.folded);
    return this.#letters;
  }

  /** The words of a short sentence, also of one in camelCase: `to_Be_Set`. Undefined for another text. */
  get sentence(): string | undefined {
    this.#sentence ??= sentenceIn(this.text);
    return this.#sentence || undefined;
  }

  /** The text with its digits and signs read as letters. Empty if no reading can be words. */
  get leetReadings(): readonly string[] {
    this.#leetReadings ??= unleet(this.text);
    return this.#leetReadings;
  }
}

/** No such sentence is longer. */
const MAX_SENTENCE_LENGTH = 120;
/** Each sentence has at least two words. */
const wordsIn = unicodePattern(String.raw`^[\p{L}\p{N}]{1,24}(?:[-_ ][\p{L}\p{N}]{1,24}){1,12}[.!]?$`);

function sentenceIn(text: string): string | false {
  if (text.length > MAX_SENTENCE_LENGTH || !/[-_ ]|[a-z][A-Z]/.test(text)) return false;
  const sentence = text.replace(/([a-z])(?=[A-Z][a-z])/g, '$1_');
  return wordsIn(sentence).test(sentence) && sentence;
}
