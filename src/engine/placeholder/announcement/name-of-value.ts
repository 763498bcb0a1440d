import { type KeyName, namePattern } from '../key-name.ts';
import type { ScannedText } from '../scan/scanned-text.ts';
import { BEYOND_ASCII, CONTROL, DIGIT, LOWER, NEWLINE, SPACE, signBits } from '../scan/traits.ts';
import { fold, lettersOf } from '../vocabulary/vocabulary.ts';

/** The value is the name of a value: of its own key, or of the variable that holds it. */
export function repeatsName({ text, kinds, signs }: ScannedText, key: KeyName): boolean {
  if (text.length > MAX_LENGTH) return false;
  const isName = (signs & ~NAME_SIGNS) === 0 && (kinds & BETWEEN_NAMES) === 0;
  const mayBeValueOf = (isName && (kinds & DIGIT) === 0) || /value$/i.test(text);
  if (mayBeValueOf && VALUE_OF.test(text) && namesOwnValue(text, key)) return true;
  if (!isName || signs === 0 || !MAY_NAME.test(text)) return false;
  if ((kinds & LOWER) === 0 && VARIABLE.test(text)) return namesVariable(text, key);
  const words = key.words;
  const last = words.at(-1) ?? '';
  const noun = UNDERSCORED.exec(text)?.[1]?.toLowerCase();
  if (noun !== undefined) return key.letters.endsWith(noun === 'username' ? 'user' : noun);
  if (URL_NOUNS.has(last)) return namesUrl(text, last);
  return ADDRESSEES.has(last) && words.some((word) => MAIL.has(word)) && repeatsKey(text, words);
}

const MAX_LENGTH = 80;
/** A name holds these signs, and nothing of the following. */
const NAME_SIGNS = signBits('-_');
const BETWEEN_NAMES = SPACE | NEWLINE | CONTROL | BEYOND_ASCII;

const VALUE_OF = /^(?:my|db|database|mysql|postgres|redis|mongo|smtp)[-_]?[a-z]{3,8}$|[a-z][-_]?value$/i;

/** `my-username` under `DB_USERNAME`, `clientIDvalue` under `GOOGLE_CLIENT_ID`. */
function namesOwnValue(text: string, key: KeyName): boolean {
  const own = key.letters;
  const noun = MINE.exec(text)?.[1]?.toLowerCase();
  if (noun !== undefined) return own.endsWith(noun === 'username' ? 'user' : noun) || own.endsWith(noun);
  const named = /value$/i.test(text) ? lettersOf(fold(text)).slice(0, -'value'.length) : '';
  return named.length >= MIN_NAMED && own.length >= named.length && own.endsWith(named);
}
/** A database may be called `my-database`, and a Secret `redis-secret`. */
const MINE =
  /^(?:my[-_]?|(?:db|database|mysql|postgres|redis|mongo|smtp)[-_](?=username|hostname|password))(username|hostname|password|email|token|secret|domain)$/i;
/** In letters. */
const MIN_NAMED = 4;

/** A variable, or words with separators. Nearly every value of a configuration ends here. */
const MAY_NAME = /^(?:_[a-z]+_?|[A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)+)$/;

/** `SMTP_USERNAME` */
const VARIABLE = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;
/** A name in capitals that ends so is the name of a variable. A user may be called `APP_USER`. */
const VARIABLE_NOUNS = new Set(
  'username password passwd host hostname port email url uri dsn id sid key token secret endpoint address'.split(
    ' ',
  ),
);
/** A key that holds the name of a variable. */
const HOLDS_VARIABLE = namePattern(
  /(?:env|var|variable|name|ref|from|field|header|param)(?:[-_.]?(?:key|name))?$/i,
);

function namesVariable(text: string, key: KeyName): boolean {
  const [value, own] = [lettersOf(fold(text)), key.letters];
  if (value === own && value.length >= MIN_OWN_NAME) return true;
  const last = text.slice(text.lastIndexOf('_') + 1).toLowerCase();
  return (
    VARIABLE_NOUNS.has(last) && own.endsWith(last) && (last === 'username' || !key.matches(HOLDS_VARIABLE))
  );
}
/** In letters. */
const MIN_OWN_NAME = 5;

/** `_username` */
const UNDERSCORED = /^_(user(?:name)?|password|host|port|url|email|token|key|secret|id|value|from|to)_?$/i;

/** A URL has other signs, and no address is called `url`. */
const URL_NOUNS = new Set('url uri dsn webhook endpoint'.split(' '));
const namesUrl = (text: string, noun: string): boolean =>
  URL_NAME.test(text) || (noun === 'url' && /[-_]webhook$/i.test(text));
const URL_NAME =
  /(?:^|[-_])(?:url|uri|dsn)(?:[-_](?:prod|production|dev|staging|stage|test|local|qa|live|\d+))?$/i;

/** Keys whose value is an address of mail. */
const ADDRESSEES = new Set('user username from to sender recipient address account login'.split(' '));
const MAIL = new Set('email mail'.split(' '));
/** `staging-email-user` under `EMAIL_USER` */
const repeatsKey = (text: string, words: readonly string[]): boolean => {
  const parts = text.toLowerCase().split(/[-_]/);
  return words.length > 1 && words.every((word) => parts.includes(word));
};
