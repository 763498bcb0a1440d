import { TRIGGER } from '../../placeholder/announcement/announcement.ts';
import { VERBS } from '../../placeholder/instruction.ts';
import { beginsWalk } from '../../placeholder/keyboard-walk.ts';
import { BEGINNINGS } from '../../placeholder/published-hashes.ts';
import { PHRASE, TRIGGER_WORDS } from '../../placeholder/self-description.ts';
import { MARK } from '../../placeholder/vocabulary/english.ts';
import { LATIN } from '../../placeholder/vocabulary/latin.ts';
import { POSSESSIVES, SHARED_POSSESSIVES } from '../../placeholder/vocabulary/possessives.ts';
import { MARKS_THAT_ARE_NAMES } from '../../placeholder/words/name-placeholder.ts';

/*
 * Nothing is derived from a placeholder, and CEL can't classify a value. So the admission policy derives only from
 * values that are certainly no placeholder. Each pattern below keeps out the values that one check of
 * engine/placeholder may find. A test compares both for many values.
 */

/** A class of values, as regular expressions that RE2 and JavaScript read alike. */
export interface CertainValues {
  readonly minLength: number;
  /** In bytes, which are characters here: each class is ASCII. */
  readonly maxLength: number;
  readonly is: readonly string[];
  readonly isNot: readonly string[];
  /** The value is not base64 of a text, or one of the patterns says so. */
  readonly mayBeBase64: boolean;
}

const anyOf = (words: readonly string[]): string => `(?:${words.join('|')})`;
const words = (list: string): readonly string[] => list.trim().split(/\s+/);
/** The word stands between characters that are no letters. */
const alone = (list: readonly string[]): string => `(?:^|[^a-z])${anyOf(list)}(?:[^a-z]|$)`;
const isPlain = (word: string): boolean => /^[a-z]+$/.test(word);

/** Words that ask to be replaced. In joined letters they count too. */
const MARKS = [...new Set([...words(MARK), ...words(LATIN.mark)])].filter(isPlain);
const NAMED_MARKS = MARKS.filter((mark) => MARKS_THAT_ARE_NAMES.has(mark));
const OTHER_MARKS = MARKS.filter((mark) => !MARKS_THAT_ARE_NAMES.has(mark));

/** A name that begins with one may be cut into it and a noun. */
const OWNERS = [...words(POSSESSIVES), ...words(SHARED_POSSESSIVES), 'vase'].filter(isPlain);

const FOLLOWING =
  'me this it your here in with by via on before after using immediately asap now later please some';
const INSTRUCTIONS = [
  `${anyOf(VERBS)}d?[^a-z]*${anyOf(words(FOLLOWING))}`,
  'do[^a-z]*not[^a-z]*(?:use|commit)',
  '(?:least|min|minimum)[^a-z]*[0-9]',
  '[0-9][^a-z]*(?:random|hex|ascii)?[^a-z]*(?:char|byte|bit)',
  '^[^a-z]*(?:your|my|some).*here',
];

/** A length that the real value must have. */
const LENGTHS = [
  '(?:least|min)[-_.]?[0-9]',
  '[0-9][-_.]?(?:char|cara|zeich|teke|znak|kara|bytes)',
  '(?:menos|moins|almeno|mindestens|minstens|minim|najmniej|az)[-_.]?[0-9]',
];

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'];
const TRIPLES = anyOf([...LETTERS.map((letter) => letter.repeat(3)), '---', '[.]{3}', '___']);

const NAME_SIGNS = '[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?';

/** The checks of a value that need not be a secret. */
const NAME: CertainValues = {
  minLength: 1,
  maxLength: 63,
  is: [`^${NAME_SIGNS}$`, '[a-wyz0-9]'],
  isNot: [
    // filler, and words whose letters are repeated
    TRIPLES,
    // unexecutedCommand, unrenderedTemplateIn
    '^(?:uuidgen|pwgen|mkpasswd|makepasswd)$',
    '^(?:process[.]env|os[.]environ|os[.]getenv|import[.]meta)',
    // describesItself
    PHRASE,
    ...LENGTHS,
    '^(?:to[-_]do|todo|fixme|tb[acd])$',
    // isNamePlaceholder
    anyOf(OTHER_MARKS),
    'name[^a-z]*$',
    `^[^a-z]*${anyOf(OWNERS)}`,
    ...INSTRUCTIONS,
    // announcement
    TRIGGER.source,
    alone([...OWNERS, ...NAMED_MARKS.map((mark) => `${mark}s?`)]),
    '[-_]from[-_]',
    '^(?:to|will|must)[-_]be',
    '(?:^|[-_])(?:aqui|ici|hier|qui|tutaj|buraya|disini|sini|aca)(?:[-_]|$)',
    // description
    'pass|pwd|key|token|secret|dummy|fake|[-_](?:id|sid|name)|^(?:url|uri|dsn)$',
    'p[a4@][s5]{2}w',
    'value$',
    '(?:username|hostname|email|domain)$',
    '(?:^|[-_])(?:url|uri|dsn)',
    'webhook$',
  ],
  mayBeBase64: true,
};

/** A name that the template of a mail server could repeat. */
const IN_MAIL = 'mail';

/** As `NAME`, and a DNS name has no underscore. */
const HOST: CertainValues = {
  ...NAME,
  maxLength: 128,
  is: ['^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$', '[a-wyz0-9]'],
};

const PORT: CertainValues = {
  minLength: 1,
  maxLength: 5,
  is: ['^(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$'],
  isNot: [],
  mayBeBase64: false,
};

const CONSONANT = '[bcdfghjklmnpqrstvwxz578$+|]';

/** Values of a generator, in which no word is looked for: `isGenerated` of classify.ts. */
const SECRET: CertainValues = {
  minLength: 20,
  maxLength: 96,
  is: [
    '^[A-Za-z0-9+/_-]{18,}={0,2}$',
    // unleet finds no letter in such a digit, or between so many consonants.
    `.{41}|[A-Za-z][0-9]*[269][0-9]*[A-Za-z]|(?i:${CONSONANT}{5}[bcdfghjklmnpqrstvwxz])`,
  ],
  isNot: [
    `(?i:${TRIGGER_WORDS.source})`,
    // fillerSecret
    '^(?i:de|ba|fe|c0|co|ca|be|fa|13|0x|012|123|abc)',
    '^[A-Za-z]{2,6}[-_]',
    // publishedValue
    '^(?:eyJ|ewog)',
  ],
  mayBeBase64: true,
};

export const CERTAIN = { name: NAME, host: HOST, port: PORT, secret: SECRET } as const;

export type ValueClass = keyof typeof CERTAIN;
export const VALUE_CLASSES = Object.keys(CERTAIN) as readonly ValueClass[];

/** Runs between which the kind of the characters changes, as `scan` counts them. */
export const RUNS = '[0-9]+|[A-Z]+[^0-9A-Z]*|[^0-9A-Z]+';

/** Three characters that begin a walk on a keyboard. */
export const WALKS: readonly string[] = walksOf('abcdefghijklmnopqrstuvwxyz0123456789+/_-');

function walksOf(signs: string): readonly string[] {
  const codes = [...signs].map((sign) => sign.charCodeAt(0));
  const walks: string[] = [];
  for (const a of codes)
    for (const b of codes)
      for (const c of codes) if (beginsWalk(a, b, c)) walks.push(String.fromCharCode(a, b, c));
  return walks;
}

/** Length and first characters of the published values that are long enough. */
export const PUBLISHED_BEGINNINGS: readonly string[] = [...BEGINNINGS].filter(
  (one) => Number(one.slice(0, -3)) >= SECRET.minLength,
);

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** A class of the digits of base64, of both alphabets. */
function digits(isIn: (digit: number) => boolean): string {
  const found = [...DIGITS].filter((_, digit) => isIn(digit));
  const url = [isIn(62) ? '\\-' : '', isIn(63) ? '_' : ''];
  return `[${[...found, ...url].join('')}]`;
}

const ANY = digits(() => true);
const continues = (low: number): boolean => low >= 8 && low <= 11;

/**
 * Digits whose bytes are no text in UTF-8: a control character, a byte that continues nothing, or a byte that nothing
 * continues. The last group of a value can be shorter.
 */
const NO_TEXT = [
  `${digits((d) => d < 2 || (d > 3 && d < 8))}${ANY}`,
  `${ANY}${digits((d) => d % 16 === 1)}${ANY}`,
  `${ANY}{2}${digits((d) => d % 4 === 0)}${digits((d) => d < 8 || (d > 15 && d < 32))}`,
  `${digits((d) => d < 32)}${digits((d) => continues(d % 16))}${ANY}`,
  `${digits((d) => d > 47)}${digits((d) => !continues(d % 16))}${ANY}`,
  `${ANY}${digits((d) => d % 16 < 8)}${digits((d) => d % 4 === 2)}${ANY}`,
  `${ANY}${digits((d) => d % 16 > 11)}${digits((d) => d % 4 !== 2)}${ANY}`,
  `${ANY}{2}${digits((d) => d % 4 < 2)}${ANY}${digits((d) => d > 31 && d < 48)}${ANY}`,
  `${ANY}{2}${digits((d) => d % 4 === 3)}${ANY}${digits((d) => d < 32 || d > 47)}${ANY}`,
];

/** The value is no base64 of a text, so nothing in it can be a placeholder. */
export const NO_BASE64_TEXT = [
  // Another character than those of base64, and so few that no text is in it.
  '[.]|^.{1,5}$',
  // A length that base64 does not have.
  '^[^=]{1}(?:.{4})*$',
  `^${digits((d) => d > 31 && d < 48)}`,
  `^(?:${ANY}{4})*(?:${NO_TEXT.join('|')})`,
].join('|');

/** A key under which a name of a mail server is a placeholder. */
export const mailPattern = (keys: readonly string[]): readonly string[] =>
  keys.some((key) => /mail/i.test(key)) ? [IN_MAIL] : [];
