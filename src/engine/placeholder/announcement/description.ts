import { type KeyName, namePattern } from '../key-name.ts';
import type { ScannedText } from '../scan/scanned-text.ts';
import { BEYOND_ASCII, CONTROL, NEWLINE, signBits } from '../scan/traits.ts';
import { DESCRIBES as DESCRIBING_WORDS } from '../scan/triggers.ts';
import type { JudgeContext, PlaceholderVerdict } from '../verdict.ts';
import { fold, lettersOf } from '../vocabulary/vocabulary.ts';
import type { Word } from '../words/word.ts';
import { wordsOf } from '../words/words.ts';
import { isNeverIssued } from './issued.ts';
import { repeatsName } from './name-of-value.ts';

const DESCRIPTION: PlaceholderVerdict = {
  rule: 'placeholder',
  what: 'describes the value that belongs there',
};

/** Words with blanks, `-` or `_` between, or one word. */
const PHRASE = /^[A-Za-z]{2,}\d{0,6}(?:[-_ ][A-Za-z0-9]+){0,7}$/;
const SLOT = /^_[A-Za-z]+(?:_[A-Za-z]+)+_?:?_$/;

/** A method may be called `password`, and nothing is called `passw0rd`. */
const LEET_PASSWORD = /^(?!password[!@#.]*$)p[a4@][s5$]{2}w[o0]rd[\d!@#.]{0,5}$/i;

/**
 * The value describes what belongs there: `another-password`, `dummy text`, `ACCESS_KEY`, `_account_sid_`. This applies
 * to keys that name no other thing: `AUTH_METHOD: password` and `SECRET_NAME: db-password` are correct.
 */
export function description(
  value: ScannedText,
  { name, role }: JudgeContext,
): PlaceholderVerdict | undefined {
  const { text, kinds, signs, triggers } = value;
  if (/^[_pP]/.test(text) && (SLOT.test(text) || LEET_PASSWORD.test(text))) return DESCRIPTION;
  if (isSlotOfKey(value, name) || repeatsName(value, name)) return DESCRIPTION;
  if (role === 'configuration' && isNeverIssued(value, name)) return DESCRIPTION;
  if ((signs & ~PHRASE_SIGNS) !== 0 || (kinds & (NEWLINE | CONTROL | BEYOND_ASCII)) !== 0) return undefined;
  if ((triggers & DESCRIBING_WORDS) === 0 && text.length !== URL_LENGTH) return undefined;
  if (!DESCRIBES.test(text) || !PHRASE.test(text) || name.matches(REFERS)) return undefined;
  const words = wordsOf(text)?.filter(({ kind }) => kind !== 'number');
  if (words === undefined || words.length === 0) return undefined;
  if (repeatsKey(words, name)) return DESCRIPTION;
  if (!words.every(({ kind }) => kind !== 'unknown' && kind !== 'noise')) return undefined;
  if (isStandIn(words) || isNameOf(words, name)) return DESCRIPTION;
  // A policy says that the value is a name, and one word of it may be `password`.
  if (role === 'name') return undefined;
  return isPasswordPhrase(words) || isCredentialPhrase(words) ? DESCRIPTION : undefined;
}

/** `{tenant_id}` under `AZURE_TENANT_ID`. Another word in brackets may be a format: `[info]`. */
function isSlotOfKey({ text, signs }: ScannedText, key: KeyName): boolean {
  if ((signs & BRACKETS) === 0) return false;
  const name = IN_BRACKETS.exec(text)?.[1];
  return name !== undefined && key.letters.includes(lettersOf(fold(name)));
}
const BRACKETS = signBits('[{(');
const IN_BRACKETS = /^[[{(]([A-Za-z][\w -]{3,40})[\]})]$/;

const PHRASE_SIGNS = signBits('-_');
/** `url` */
const URL_LENGTH = 3;

/** Each description has one of these words. Nearly every value of a configuration ends here. */
const DESCRIBES = /pass|pwd|key|token|secret|dummy|fake|[-_ ](?:id|sid|name)|^(?:url|uri|dsn)$/i;

/** A key that says how, where or under which name something is found. */
const REFERS = namePattern(
  /auth$|method|type|mode|name|field|ref|grant|policy|flow|strateg|scheme|prompt|label|title|page|route|path|role|scope|action|event|provider|column|param|claim|attribute|property|header|feature|plugin|module|template|topic|queue|table|collection|index|file|mount|realm|backend|driver|selector|existing|prefix|suffix|format|kind|alias|usage|storage|order|sort|group/i,
);

const PASSWORD = /(?:password|passwd|passphrase|^pwd|^my(?:pass|key|secret|token)|secretkey)$/;
const isPasswordPhrase = (words: readonly Word[]): boolean => PASSWORD.test(words.at(-1)?.text ?? '');

const STAND_INS = new Set('dummy fake some another any'.split(' '));
const VALUES = new Set(
  'text string value key token secret password name user username id sid url uri host email data code pin'.split(
    ' ',
  ),
);
const isStandIn = (words: readonly Word[]): boolean =>
  words.length > 1 && STAND_INS.has(words[0]!.text) && VALUES.has(words.at(-1)!.text);

/** `my-access-key`, `secret key`, `aws_access_key_id`. */
function isCredentialPhrase(words: readonly Word[]): boolean {
  const texts = words.map(({ text }) => text);
  if (texts.at(-1) === 'id') texts.pop();
  const [adjective, noun] = texts.slice(-2);
  return CREDENTIAL.test(`${adjective} ${noun}`);
}
const CREDENTIAL =
  /^(?:access|(?:super|top)?secret|api|private|encryption) (?:key|token)$|^(?:super|top|very) secret$|^(?:auth|bearer|refresh) token$/;

/** `KEYCLOAK_USER: admin-name` */
const isNameOf = (words: readonly Word[], key: KeyName): boolean =>
  words.length > 1 && words.at(-1)!.text === 'name' && key.matches(NAMED);
const NAMED = namePattern(/user|login|account|host|bucket|database|(?:^|[-_.])db$/i);

/** `CLIENT_ID: client-id`, `KEY_ID` under `ACCESS_KEY_ID`, `other_account_sid` under `SMS_ACCOUNT_SID`. */
function repeatsKey(words: readonly Word[], key: KeyName): boolean {
  const letters = words.map(({ text }) => text).join('');
  const own = key.letters;
  if (words.length === 1)
    return URL_NOUNS.has(letters) && own.length > letters.length && own.endsWith(letters);
  if (!NOUNS.has(words.at(-1)!.text)) return false;
  if (letters.length < 5) return false;
  const end =
    words.length > 2
      ? words
          .slice(-2)
          .map(({ text }) => text)
          .join('')
      : letters;
  return own.endsWith(end) || (own.length >= 8 && letters.endsWith(own));
}
/** A user may be called `user`, and no address is called `url`. */
const URL_NOUNS = new Set('url uri dsn'.split(' '));
const NOUNS = new Set('key token secret id sid'.split(' '));
