import { isSlotInOtherLanguage, willBeSet } from './instruction-sentences.ts';
import { isMarkedExample } from './patterns.ts';
import type { ValueText } from './value-text.ts';
import type { PlaceholderContext, PlaceholderVerdict, ValueRole } from './verdict.ts';
import { isAscii } from './vocabulary/characters.ts';
import { fold, isPossessive, isSharedPossessive, kindOf } from './vocabulary/vocabulary.ts';
import { type Component, componentsOf } from './words/components.ts';
import type { Word } from './words/tokens.ts';
import { wordsOf } from './words/words.ts';

const WHOLE: PlaceholderVerdict = { rule: 'placeholder', message: 'is a placeholder' };
const PART: PlaceholderVerdict = { rule: 'placeholder', message: 'contains a placeholder' };

/** No instruction is longer: a longer value is data. */
const MAX_LENGTH = 1024;

/**
 * The value or a part of it asks to be replaced: `your-user`, `https://your-domain.com`, `REPLACE_WITH_EMAIL`. This
 * applies to any key, because no name, path, address or switch is written so.
 */
export function instruction(
  value: ValueText,
  { role }: Pick<PlaceholderContext, 'role'>,
): PlaceholderVerdict | undefined {
  const { text } = value;
  const isSecret = role === 'secret';
  const hasAsciiOnly = value.isAscii;
  if (isSecret && hasAsciiOnly && !POSSESSIVE_IN_SECRET.test(text)) return undefined;
  if (text.length > MAX_LENGTH || text.includes('\n')) return undefined;
  if (hasAsciiOnly && !/[A-Za-z]{3}/.test(text)) return undefined;
  if (isMarkedExample(text) || REMINDER.test(text)) return WHOLE;
  if (willBeSet(value) || isSlotInOtherLanguage(value, isSecret)) return WHOLE;
  if (SLOT_IN_CAPITALS.test(text)) return WHOLE;
  if (text.includes('@') && ADDRESS.test(text)) return PART;
  if (isSecret && !hasAsciiOnly && !POSSESSIVE_IN_SECRET.test(fold(text))) return undefined;
  if (DOCUMENT.test(text)) return undefined;
  const components = componentsOf(text);
  const found = components.find((component, at) => asksToBeReplaced(component, components[at + 1], role));
  return found && (found.text === text ? WHOLE : PART);
}

/**
 * `SMTP_SERVER_HERE`, `---INSERT---`, `BASE64_ENCODED_CERT`, `REPLACE-FROM-VAULT`, `0xYOUR_WALLET`,
 * `https://ACCOUNT_ID.aws.com`
 */
const SLOT_IN_CAPITALS =
  /^[A-Z][A-Z0-9_-]*[_-]HERE$|^[-_*=#~]{2,9} ?(?:INSERT|CHANGE|REPLACE|ENTER|PROVIDE|PASTE|FILL)[A-Z _-]{0,40}[-_*=#~]{2,9}$|^BASE64_ENCODED_[A-Z_]+$|^(?:REPLACE|ENTER|PROVIDE|PASTE|INJECT)[-_][A-Za-z][\w .:,/-]*$|^0xYOUR_[A-Z_]+$|^[a-z][a-z0-9+.-]{1,20}:\/\/(?:[\w-]{1,63}\.)*[A-Z]{2,20}(?:_[A-Z]{2,20}){1,5}\.[a-z]/;
/** `dummy@example.com`, `user@placeholder.com`, `example@gmail.com`, `mail@username` */
const ADDRESS =
  /^(?:dummy|fake|placeholder)@[\w.-]+$|^[\w.+-]{1,64}@(?:placeholder|dummy|fake)\.[a-z]{2,10}$|^(?:example|email|username|my[-_.]?e?mail)@(?:gmail|yahoo|outlook|hotmail|company|domain|email)\.com$|^[\w.+-]{1,64}@(?:username|domain|company|email|password|host)$/i;

/** All that counts in a secret. The other forms are found by its vocabulary. A folded text has `и` for `й`. */
const POSSESSIVE_IN_SECRET =
  /your|votre|deine|ihre|jouw|tw[jo]|tvoje|sizin|kamu|ваш|тво|你的|您的|あなたの|당신의/i;
const REMINDER = /^(?:TODO|FIXME|TBD|TBC|TBA)(?:$|[:\s])/;
/** JSON, a list of numbers, a PEM block, a regular expression: parts of them have a syntax of their own. */
const DOCUMENT = /^(?:\[\s*["{\d]|\{|-----BEGIN |<\?xml|#!|\^)/;

function asksToBeReplaced(
  { text, inPath }: Component,
  next: Component | undefined,
  role: ValueRole,
): boolean {
  // services/YOUR/WEBHOOK
  if (text === 'YOUR' || (text === 'your' && inPath))
    return next !== undefined && !VISITORS_NOUNS.has(next.text);
  const isAsciiPart = isAscii(text);
  if (isAsciiPart && !mayInstruct(text)) return false;
  const words = wordsOf(text, isAsciiPart);
  if (words === undefined || words.length === 0) return false;
  if (role === 'secret') return isOwnedSecret(words, text) || (!/\s/.test(text) && isOwnedAfterPrefix(words));
  // A word that was cut out of joined letters is no word of a phrase.
  const phrase = words.map((word) => (word.whole ? word.text : '~')).join(' ');
  if (PLACEHOLDER.test(phrase)) return !inPath && isPlaceholderWord(text, words, next);
  if (CLEAR.test(phrase) || isOwned(words, text, inPath)) return true;
  if (inPath) return false;
  // A configuration may tell its reader how long a password must be.
  if (LENGTH.test(phrase) && (role === 'name' || !/\s/.test(text))) return true;
  return INSTRUCTION.test(phrase) || endsInHere(words, text) || isForeignInstruction(words, text);
}

/** Only such a text is read word by word. Nearly every value of a configuration ends here. */
export function mayInstruct(text: string): boolean {
  const first = /[A-Z]?[a-z]+|[A-Z]+/.exec(text)?.[0].toLowerCase();
  if (first !== undefined && (isSharedPossessive(first) || isPossessive(first) || kindOf(first) === 'mark'))
    return true;
  return TRIGGER.test(text);
}

const TRIGGER =
  /your|chang|replac|overrid|fill|edit|insert|enter|put|paste|provide|placeholder|here|to[-_. ]?be|set[-_. ]?(?:me|this|your)|add[-_. ]?(?:me|this|your)|update[-_. ]?me|(?:min|least)[-_. ]?\d/i;

const PLACEHOLDER = /(?:^| )placeholders?(?: |$)/;
/** Sites and pictures are called `placeholder` too: `via.placeholder.com`, `placeholder.png`. */
function isPlaceholderWord(text: string, words: readonly Word[], next: Component | undefined): boolean {
  if (SITE_OR_FILE.test(text) || (next !== undefined && ENDING.test(next.text))) return false;
  const ends = [words[0], words.findLast(({ kind }) => kind !== 'number')];
  return ends.some((word) => word?.whole === true && /^placeholders?$/.test(word.text));
}

const SITE_OR_FILE =
  /\.(?:com|org|io|png|jpe?g|svg|gif|webp|html?|js|css)$|[-_](?:image|avatar|photo|thumbnail)s?$/i;

/** The next label of a host name, or of a file's name. */
const ENDING = /^(?:com|org|io|png|jpe?g|svg|gif|webp|html?|js|css)$/i;

const IN_PRODUCTION =
  '(?:in|on|for|before|at|during) (?:prod|production|deploy|deployment|deploying|deployed|use|using|going|first|release)';
const CLEAR = new RegExp(
  [
    '(?:change|replace|fill|set|edit|update|insert|override|configure|generate)me(?:in|now|please)?',
    '(?:change|replace|set)(?:this|it)',
    '(?:change|replace|fill|edit|override) (?:me|this)',
    'to be (?:replaced|changed|modified|defined|set|filled|provided|configured)',
    `(?:change|changed|replace|replaced|rotate) ${IN_PRODUCTION}`,
    '(?:change|replace|rotate|override) before(?: [a-z]+)?$',
    '(?:replace|replaced|fill) (?:with|by) ',
    'to (?:replace|change|fill|define)$',
  ]
    .map((pattern) => `(?:^| )${pattern}(?: |$)`)
    .join('|')
    .replaceAll(' (?: |$)', ' '),
);
const INSTRUCTION = new RegExp(
  [
    '^(?:please )?(?:change|replace|insert|enter|put|paste|fill|set|add|provide) (?:me|this|your|here)(?: |$)',
    '^(?:please )?(?:change|replace) it(?: |$)',
    '^(?:please )?fill (?:me )?in(?: |$)',
    '^(?:please )?(?:insert|enter|put|paste|provide|add) (?:[a-z]+ ){1,6}here$',
    '^(?:please )?(?:enter|insert|paste) (?:[a-z]+ ){0,2}(?:username|password|token|secret|key|url|value|email|id)$',
  ].join('|'),
);
const LENGTH = /(?:^| )(?:at least|min|minimum) \d+ (?:char|character|byte|bit)s?(?: |$)/;

/** `aws-access-key-id-here` */
const endsInHere = (words: readonly Word[], text: string): boolean =>
  words.length > 2 &&
  words.at(-1)!.text === 'here' &&
  !/\s/.test(text) &&
  VALUE_NOUNS.has(words.at(-2)!.text);
const VALUE_NOUNS = new Set(
  'key keys token secret id value name username user password url uri email domain string host hostname account sid credentials code number'.split(
    ' ',
  ),
);

/** A possessive, and the noun that it owns. */
function isOwned(words: readonly Word[], text: string, inPath: boolean): boolean {
  const [first] = words;
  const rest = words.slice(1).filter(({ kind }) => kind !== 'number');
  if (rest.length === 0 || first === undefined) return false;
  const isKnown = rest.every(isKnownWord);
  if (isPossessive(first.text)) {
    if (inPath && rest.length === 1 && VISITORS_NOUNS.has(rest[0]!.text)) return false;
    if (/\s/.test(text) || !first.whole) return isKnown && rest.length <= MAX_OWNED;
    return rest.filter((word) => !isKnownWord(word)).length <= MAX_UNKNOWN;
  }
  if (isSharedPossessive(first.text))
    return (
      isKnown && rest.some((word) => word.text.length >= 4 && (word.kind === 'hard' || word.kind === 'soft'))
    );
  return !inPath && !/\s/.test(text) && isOwnedAfterPrefix(words);
}

/** A passphrase may begin with a possessive too (`your-umbrella-swallowed-the-comet`): a technical word must follow. */
function isOwnedSecret(words: readonly Word[], text: string): boolean {
  const [first] = words;
  if (first?.whole !== true || !isPossessive(first.text)) return false;
  if (SLOT_NAME.test(text)) return true;
  const rest = words.slice(1);
  const unknown = rest.filter((word) => !isKnownWord(word)).length;
  return unknown <= MAX_UNKNOWN && rest.some(({ kind, whole }) => kind === 'hard' && whole);
}

/** `YOUR_PAT`: no passphrase is written in capitals. */
const SLOT_NAME = /^[A-Z]{2,12}(?:_[A-Z]{2,20}){1,6}$/;

const MAX_OWNED = 6;
const MAX_UNKNOWN = 3;
/** Pages of a site speak to its visitor: `/your-account`. */
const VISITORS_NOUNS = new Set('account order orders profile data cart settings privacy'.split(' '));

const isKnownWord = ({ kind }: Word): boolean => kind !== 'unknown' && kind !== 'noise' && kind !== 'digits';

/** The prefix of a vendor, then a possessive: `sk-ant-your-key`, `rk_live_your_restricted_key`. */
function isOwnedAfterPrefix(words: readonly Word[]): boolean {
  const at = words.findIndex(({ text }) => text === 'your');
  if (at < 1 || (!words[at]!.whole && !words.slice(at).every(isKnownWord))) return false;
  if (![words[at + 1], words[at + 2]].some(isValueNoun) && words.at(-1)!.text !== 'here') return false;
  return words
    .slice(0, at)
    .every(
      ({ text, kind }) =>
        text.length <= MAX_PREFIX && (kind !== 'soft' || text === 'live' || text === 'test'),
    );
}
const MAX_PREFIX = 6;
const isValueNoun = (word: Word | undefined): boolean =>
  word?.kind === 'hard' || VALUE_NOUNS.has(word?.text ?? '');

/**
 * A verb of another language, and only known words after it. One lower-case verb with its noun may name an action
 * (`alterar-senha`). A pronoun, capitals or a third word shows that a person is meant.
 */
function isForeignInstruction(words: readonly Word[], text: string): boolean {
  const [first] = words;
  if (first?.kind !== 'mark' || !words.every(isKnownWord) || ENGLISH_NAMES.has(first.text)) return false;
  if (!isAscii(text)) return true;
  if (words.length === 1) return /(?:me|moi|mich|mij|esto|isso|ami|beni|questo|bitte|mnie)$/.test(first.text);
  return (
    words.length > 2 || text === text.toUpperCase() || words.some(({ text: word }) => PRONOUNS.has(word))
  );
}

/** Marks that are names as well, and English marks, which have patterns of their own. */
const ENGLISH_NAMES = new Set(
  fold(
    'todo fixme tbd tba tbc unset notset undefined redacted lorem ipsum foobar foobarbaz foobaz xxxx xxx notasecret donotuse insecure unsafe doi isi add thay',
  ).split(' '),
);
const PRONOUNS = new Set(
  'me moi mich mij esto este isto isso questo aqui ici hier qui mnie mig meg beni ini'.split(' '),
);
