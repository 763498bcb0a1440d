import { isSlotInOtherLanguage, saysWhoSetsIt } from './instruction-sentences.ts';
import type { ValueText } from './value-text.ts';
import { unicodePattern } from './vocabulary/characters.ts';

/** A name, a sign, and a number that people often add: `Acmecorp@1234`, `acmecorp_2025`. */
const NAME_AND_NUMBER = /^[A-Za-z]{3,20}[@_.#$-](?:1234?5?6?7?8?|321|007|786|(?:19|20)\d\d)!?$/;
/** A word joined to a role, and a number: `trustpass1`, `falconroot2023`. */
const ROLE_AND_NUMBER =
  /^[A-Za-z][a-z]{2,11}(?:[Rr]oot|[Aa]dmin|[Pp]ass|[Uu]ser|[Tt]est|[Dd]emo|[Aa]uth)\d{1,4}[!@#$.*]{0,2}$/;
/** A word, a number that people often add, and signs: `Start123!`. */
const WORD_NUMBER_SIGN = /^[A-Za-z][a-z]{2,10}(?:12(?:34?5?)?|321|(?:19|20)\d\d)[!@#$?.*]{1,3}$/;
/** Words, a noun for the value, and a year or a counter: `market_data_key_2026`, `peer-key-001`. */
const NOUN_LAST =
  /^(?:[a-z]+[-_.]){1,6}(?:key|secret|password|passwd|pass|pwd|token)[-_.]?(?:(?:19|20)\d\d|0{1,3}\d|01\d)!?$/i;
/** `ferry_secret_key`, in one case: passphrases have capitals at the beginning of a word. */
const COMPOUND_NOUN =
  /^(?:[a-z]+[-_.]){1,2}(?:secret|private|encryption|signing)[-_.](?:key|token)$|^(?:[A-Z]+[-_.]){1,2}(?:SECRET|PRIVATE|ENCRYPTION|SIGNING)[-_.](?:KEY|TOKEN)$/;
/** The prefix of a vendor's keys, and an example: `sk-vendor-example-key`. */
const EXAMPLE_OF_VENDOR =
  /^[a-z]{2,4}(?:[-_][a-z]{2,8})?[-_](?:example|sample|dummy|fake|test|my|demo)[-_](?:api[-_])?(?:key|token|secret)\d{0,3}$/i;
/** A word for the missing value, in capitals: no random value has seven given letters in a row. */
const IN_CAPITALS =
  /PLACEHOLDER|TRUNCATED|REDACTED|EXAMPLE|CHANGEME|REPLACE_?(?:ME|WITH|THIS)|(?<![A-Z])(?:DUMMY|SAMPLE|REPLACE|INSERT_)(?=$|KEY|TOKEN|SECRET|VALUE|[^A-Za-z])/;
/** `dummy3KQa`: a stand-in and a few signs. */
const STAND_IN_FIRST = /^(?:dummy|placeholder|changeme)[-_]?[A-Za-z0-9]{1,6}$/i;
/** A leeted `password` in a short value, whatever stands next to it. */
const LEET_PASSWORD = /^.{0,12}(?!password)p[a4@][s5$]{2}w[o0]{1,2}rd.{0,8}$/i;
/** A remark in parentheses behind a value: `sk_test_51AB(rest removed)`. */
const REMARK =
  /^\S{0,80}\s?\((?=[^()]{0,80}(?:truncat|redact|remov|hidden|mask|omit|shorten|snip|cut|rest|example|placeholder|sanitiz|censor|replace|change|gekuerzt|tronqu|recort|cortad|ocult|entfern))[A-Za-z][A-Za-z0-9 _.,:'-]{2,80}\)$/i;

/** `replace-with-terraform-output`, `filled by the pipeline`: no list of passphrases has these small words. */
const REPLACED_WITH =
  /^(?:please[-_ ])?(?:replaced?|changed?|fill(?:ed)?|substituted?|populated?)[-_ ](?:(?:this|me|it)[-_ ])?(?:with|by|from|via|using)[-_ ][A-Za-z]/i;

/** `your-token-from-the-console`: what follows the noun does not count. */
const YOUR_NOUN =
  /^your[-_ ](?:[a-z0-9]{1,20}[-_ ]){0,3}(?:passwords?|secrets?|tokens?|keys?|credentials?)(?=$|[-_ ])/i;

/** `you-will-never-guess`, `nobody can guess this` */
const GUESS =
  /^(?:(?:you|they|nobody|no[-_ ]?one|hackers?)[-_ ]?(?:(?:will|can|could|would|shall|ever|never|not)[-_ ]?){1,3}guess|(?:you[-_ ]?)?never[-_ ]?guess)(?:[-_ ]?(?:this|it|me|that|my|the|password|secret|key|token)){0,3}[.!]*$/i;

const MAX_LEET_LENGTH = 32;

/** No secret is made so, whatever words it has. */
export function isPattern(value: ValueText): boolean {
  const { text } = value;
  return (
    isPatternOfWords(text) ||
    saysWhoSetsIt(value) ||
    isSlotInOtherLanguage(value, true) ||
    hasUsualEnd(text) ||
    STAND_IN_FIRST.test(text) ||
    IN_CAPITALS.test(text) ||
    (text.length <= MAX_LEET_LENGTH && LEET_PASSWORD.test(text)) ||
    (text.endsWith(')') && REMARK.test(text))
  );
}

/** Words between separators. */
const isPatternOfWords = (text: string): boolean =>
  YOUR_NOUN.test(text) || REPLACED_WITH.test(text) || EXAMPLE_OF_VENDOR.test(text) || GUESS.test(text);

const hasUsualEnd = (text: string): boolean =>
  NAME_AND_NUMBER.test(text) ||
  WORD_NUMBER_SIGN.test(text) ||
  ROLE_AND_NUMBER.test(text) ||
  NOUN_LAST.test(text) ||
  COMPOUND_NOUN.test(text);

/**
 * Phrases that mark the text before or after them as a placeholder: `django-insecure-…`, `…-change-me`. They are
 * bounded on both sides, because random text contains any short word.
 */
const PHRASE =
  '(?:(?:change|replace)[-_. ]?(?:me|this|it)|(?:override|update|rotate|edit)[-_. ]?me|changeit|placeholder|django[-_. ]insecure|do[-_. ]?not[-_. ]?use|not[-_. ]?for[-_. ]?(?:prod(?:uction)?|git)|fill[-_. ]?me(?:[-_. ]?in)?|(?:dev(?:elopment)?|lab|test|demo|local)[-_. ]only|for[-_. ](?:dev(?:elopment)?|testing|local)[-_. ]only|to[-_. ]be[-_. ](?:replaced|changed|defined|set))';
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
/** The length that the real value must have: `AtLeast256Bits`, `at-least-thirty-two-characters`. */
const LENGTH = new RegExp(
  [
    '(?:at[-_. ]?least|minimum|(?<![a-z])min)[-_. ]?\\d{1,3}[-_. ]?(?:char|byte|bit|letter|digit)',
    'at[-_. ]least[-_. ](?:[a-z]{3,9}[-_. ]){1,3}(?:char|byte|bit|letter|digit)',
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
export function describesItself({ text, isAscii }: ValueText): boolean {
  if (isAscii && !TRIGGER_WORDS.test(text)) return false;
  return holdsPhrase(text) || LENGTH.test(text) || REMINDER.test(text) || MARKED_EXAMPLE.test(text);
}

function holdsPhrase(text: string): boolean {
  const end = text.slice(-80);
  return phraseAtStartOf(text).test(text) || phraseIn(text).test(text) || phraseAtEndOf(end).test(end);
}

export const isMarkedExample = (text: string): boolean =>
  text.includes('EXAMPLE') && MARKED_EXAMPLE.test(text);
