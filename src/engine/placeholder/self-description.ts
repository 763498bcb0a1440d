import type { ScannedText } from './scan/scanned-text.ts';
import { BEYOND_ASCII, DIGIT } from './scan/traits.ts';
import { LENGTH as LENGTH_WORDS, NOTE, PHRASE as PHRASE_WORDS } from './scan/triggers.ts';
import { unicodePattern } from './vocabulary/unicode-pattern.ts';

/**
 * Phrases that mark the text before or after them as a placeholder: `django-insecure-…`, `…-change-me`. They are
 * bounded on both sides, because random text contains any short word.
 */
const PHRASE =
  '(?:(?:change|replace)[-_. ]?(?:me|this|it)|(?:override|update|rotate|edit)[-_. ]?me|changeit|placeholder|django[-_. ]insecure|do[-_. ]?not[-_. ]?use|not[-_. ]?for[-_. ]?prod(?:uction)?|fill[-_. ]?me(?:[-_. ]?in)?|dev(?:elopment)?[-_. ]only|for[-_. ](?:dev(?:elopment)?|testing|local)[-_. ]only|to[-_. ]be[-_. ](?:replaced|changed|defined|set))';
const phraseAtStartOf = unicodePattern(`^[^\\p{L}\\p{N}]*${PHRASE}(?![\\p{L}\\p{N}])`, 'i');
const phraseAtEndOf = unicodePattern(
  `(?<![\\p{L}\\p{N}])${PHRASE}(?:[-_. ](?:in|for|before|on|at|now|please|later|asap|prod|production|deploy|deployment|going|live|first|login)){0,4}[^\\p{L}\\p{N}]*$`,
  'i',
);
/** Amazon's mark on the keys in its documentation: `AKIA…EXAMPLE`, `…EXAMPLEKEY`. */
const MARKED_EXAMPLE = /^[A-Za-z0-9+/=]{9,}EXAMPLE(?:KEY|TOKEN|SECRET)?=*$/;
/** The phrases that no passphrase contains, at any position: `app-change-me-root`. */
const phraseIn = unicodePattern(
  String.raw`(?<![\p{L}\p{N}])(?:change|replace)[-_. ]?(?:me|this)(?![\p{L}\p{N}])`,
  'i',
);
/** The length that the real value must have: `AtLeast256Bits`, `min_32_chars`. */
const LENGTH = new RegExp(
  [
    '(?:at[-_. ]?least|minimum|(?<![a-z])min)[-_. ]?\\d{1,3}[-_. ]?(?:char|byte|bit|letter|digit)',
    '(?<!\\d)[1-9]\\d{1,2}[-_. ]?(?:character|chars\\b|caract|caratter|zeichen|tekens|znak[oió]|karakter|znaku|bytes[-_. ]long)',
    '(?:al[-_. ]?menos|au[-_. ]?moins|(?:pelo|ao)[-_. ]?menos|almeno|mindestens|minstens|minimaal|minimal|minimo|co[-_. ]?najmniej|en[-_. ]?az)[-_. ]?[1-9]\\d{1,2}(?!\\d)',
  ].join('|'),
  'i',
);
const REMINDER =
  /^[\s#/*<[(_-]*(?:TODO|FIXME|XXX|TBD|TBC|TBA)(?:\s|[_-](?:[A-Za-z]{3}|\s)|:\s|$)|^(?:todo|fixme|tbd)\s*:|^(?:to|To|TO)[-_ ][Dd][Oo]$/;

/**
 * Each of the patterns needs one of these words. The check needs no Unicode tables, and nearly every ASCII value
 * ends here.
 */
const TRIGGER_WORDS =
  /change|replace|override|update|rotate|edit|placeholder|django|not|fill|only|to[-_. ]be|EXAMPLE|least|min|\d[-_. ]?(?:char|cara|zeich|teke|znak|kara)|menos|moins|almeno|najmniej|en[-_. ]?az|todo|fixme|xxx|tb[acd]|to[-_ ]do/i;

/** The text itself says that it must be replaced, whatever else it contains. */
export function describesItself({ text, kinds, triggers }: ScannedText): boolean {
  const isAscii = (kinds & BEYOND_ASCII) === 0;
  if (isAscii && ((triggers & DESCRIPTION_WORDS) === 0 || !TRIGGER_WORDS.test(text))) return false;
  const mayHoldPhrase = (triggers & PHRASE_WORDS) !== 0 || (!isAscii && FOLDS_TO_ASCII.test(text));
  if (mayHoldPhrase && holdsPhrase(text)) return true;
  if ((kinds & DIGIT) !== 0 && LENGTH.test(text)) return true;
  return (triggers & NOTE) !== 0 && (REMINDER.test(text) || MARKED_EXAMPLE.test(text));
}
/** Both match an ASCII letter in a Unicode pattern that ignores the case. */
const FOLDS_TO_ASCII = /[\u017f\u212a]/;
const DESCRIPTION_WORDS = PHRASE_WORDS | LENGTH_WORDS | NOTE;

function holdsPhrase(text: string): boolean {
  const end = text.slice(-80);
  return phraseAtStartOf(text).test(text) || phraseIn(text).test(text) || phraseAtEndOf(end).test(end);
}

export const isMarkedExample = (text: string): boolean =>
  text.includes('EXAMPLE') && MARKED_EXAMPLE.test(text);
