import { type KeyName, namePattern } from './key-name.ts';
import { isNeverIssued } from './never-issued.ts';
import type { ValueText } from './value-text.ts';
import type { DetectorContext, PlaceholderVerdict } from './verdict.ts';
import { fold, lettersOf } from './vocabulary/vocabulary.ts';
import type { Word } from './words/tokens.ts';
import { wordsOf } from './words/words.ts';

const DESCRIPTION: PlaceholderVerdict = {
  rule: 'placeholder',
  message: 'describes the value that belongs there',
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
  value: ValueText,
  { name, role }: DetectorContext,
): PlaceholderVerdict | undefined {
  const { text } = value;
  if (SLOT.test(text) || LEET_PASSWORD.test(text)) return DESCRIPTION;
  if (isSlotOfKey(text, name) || repeatsName(text, name)) return DESCRIPTION;
  if (role === 'configuration' && isNeverIssued(value, name)) return NEVER_ISSUED;
  if (role === 'configuration' && isNoUrl(text, name)) return NO_URL;
  if (!PHRASE.test(text) || !DESCRIBES.test(text) || name.matches(REFERS)) return undefined;
  const words = wordsOf(text)?.filter(({ kind }) => kind !== 'number');
  if (words === undefined || words.length === 0) return undefined;
  if (repeatsKey(words, name)) return DESCRIPTION;
  if (!words.every(({ kind }) => kind !== 'unknown' && kind !== 'noise')) return undefined;
  if (isStandIn(words) || isNameOf(words, name)) return DESCRIPTION;
  // A policy says that the value is a name, and one word of it may be `password`.
  if (role === 'name') return undefined;
  return isPasswordPhrase(words) || isCredentialPhrase(words) ? DESCRIPTION : undefined;
}

const NEVER_ISSUED: PlaceholderVerdict = { rule: 'placeholder', message: 'is a placeholder' };
const NO_URL: PlaceholderVerdict = { rule: 'placeholder', message: 'is no URL' };
/** `DATABASE_URL: orders-db`. A feature may be switched off, or have a driver without an address: `LOCK_DSN: flock`. */
const isNoUrl = (text: string, { words, letters }: KeyName): boolean =>
  words.length > 1 &&
  words[0] !== 'base' &&
  URL_NOUNS.has(words.at(-1)!) &&
  /^[A-Za-z][\w-]{2,}$/.test(text) &&
  !/^(?:none|null|nil|true|false|yes|off|auto|disabled?|enabled?|default|unused|unset|not[-_]set|localhost|flock|semaphore|apcu|sync|array|memory|direct|local|file|cookie)$/i.test(
    text,
  ) &&
  (text !== 'redis' || letters.includes(text));

/** `{tenant_id}` under `AZURE_TENANT_ID`. Another word in brackets may be a format: `[info]`. */
function isSlotOfKey(text: string, key: KeyName): boolean {
  const name = IN_BRACKETS.exec(text)?.[1];
  return name !== undefined && key.letters.includes(lettersOf(fold(name)));
}
const IN_BRACKETS = /^[[{(]([A-Za-z][\w -]{3,40})[\]})]$/;

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

/** The value is the name of a value: of its own key, or of the variable that holds it. */
function repeatsName(text: string, key: KeyName): boolean {
  if (text.length > MAX_LENGTH) return false;
  if (VALUE_OF.test(text) && namesOwnValue(text, key)) return true;
  if (!MAY_NAME.test(text)) return false;
  if (VARIABLE.test(text)) return namesVariable(text, key);
  const words = key.words;
  const last = words.at(-1) ?? '';
  const noun = UNDERSCORED.exec(text)?.[1]?.toLowerCase();
  if (noun !== undefined) return key.letters.endsWith(noun === 'username' ? 'user' : noun);
  if (last === 'name' && text.length > last.length && isEndOf(text, words)) return true;
  if (ADDRESS_NOUNS.has(last)) return namesUrl(text, last);
  return ADDRESSEES.has(last) && words.some((word) => MAIL.has(word)) && repeatsWordsOfKey(text, words);
}

/** `cloud_name` under `IMAGES_CLOUD_NAME`: the key without its first word. */
const isEndOf = (text: string, words: readonly string[]): boolean =>
  words.length > 2 && text.toLowerCase().split(/[-_]/).join(' ') === words.slice(-2).join(' ');

const MAX_LENGTH = 80;

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
const ADDRESS_NOUNS = new Set('url uri dsn webhook endpoint'.split(' '));
const namesUrl = (text: string, noun: string): boolean =>
  URL_NAME.test(text) || (noun === 'url' && /[-_]webhook$/i.test(text));
const URL_NAME =
  /(?:^|[-_])(?:url|uri|dsn)(?:[-_](?:prod|production|dev|staging|stage|test|local|qa|live|\d+))?$/i;

/** Keys whose value is an address of mail. */
const ADDRESSEES = new Set('user username from to sender recipient address account login'.split(' '));
const MAIL = new Set('email mail smtp'.split(' '));
/** `staging-email-user` under `EMAIL_USER` */
const repeatsWordsOfKey = (text: string, words: readonly string[]): boolean => {
  const parts = text.toLowerCase().split(/[-_]/);
  return words.length > 1 && words.every((word) => parts.includes(word));
};
