import { unexecutedCommand, unexecutedSubstitution } from './command.ts';
import { builtOnKey, ownName } from './context-words.ts';
import { description } from './description.ts';
import { encodedText } from './encoded.ts';
import { filler, fillerInConfiguration, fillerSecret } from './filler.ts';
import { announcement } from './instruction.ts';
import { KeyName, namePattern } from './key-name.ts';
import { describesItself } from './patterns.ts';
import { emptyPem } from './pem.ts';
import { publishedKey, publishedValue } from './published.ts';
import { unresolvedReferenceIn, unresolvedReferenceInConfiguration } from './reference.ts';
import { type ScannedText, scan } from './scan/scanned-text.ts';
import { BEYOND_ASCII, CONTROL, NEWLINE, SPACE, signBits } from './scan/traits.ts';
import { unrenderedInConfiguration, unrenderedTemplateIn } from './template.ts';
import type { JudgeContext, PlaceholderContext, PlaceholderVerdict } from './verdict.ts';
import { closeMemo, openMemo } from './vocabulary/memo.ts';
import { isCoveredByVocabulary } from './vocabulary-cover.ts';
import { unleet } from './words/leet.ts';
import { looksRandom } from './words/tokens.ts';

/** No placeholder is longer: a longer value is a file. The limit bounds the time that a hostile value can cost. */
const MAX_LENGTH = 4096;

/**
 * Checks that apply to any value, including a name. References come first, because some are written in the braces of a
 * template.
 */
const verdictOnAny = (value: ScannedText): PlaceholderVerdict | undefined =>
  unresolvedReferenceIn(value) ?? unrenderedTemplateIn(value) ?? unexecutedCommand(value) ?? filler(value);

/** Checks for values that are no secret, although some are good names. */
const verdictOnSecret = (value: ScannedText, context: JudgeContext): PlaceholderVerdict | undefined =>
  ownName(value, context) ??
  fillerSecret(value) ??
  emptyPem(value) ??
  onlyComments(value) ??
  publishedValue(value, context);

/** Checks for a value of any key. */
const verdictOnConfiguration = (value: ScannedText, context: JudgeContext): PlaceholderVerdict | undefined =>
  unresolvedReferenceInConfiguration(value) ??
  unrenderedInConfiguration(value) ??
  unexecutedSubstitution(value) ??
  fillerInConfiguration(value) ??
  announcement(value, context) ??
  description(value, context) ??
  publishedKey(value, context);

/** Keys of files, texts and formats, which hold templates and sentences of their own. */
const HOLDS_TEXT = namePattern(
  /(?:template|format|pattern|layout|regexp?|expr|expression|filter|query|message|subject|body|prompt|text|cron|schedule|placeholder)s?$|\.(?:html?|tmpl|tpl|gotmpl|j2|ya?ml|json|conf|cfg|ini|xml|toml|properties|sql|sh|js|css|txt|md|env|py|lua|[a-z]{1,8}rc)$/i,
);

function classifyConfiguration(value: ScannedText, context: JudgeContext): PlaceholderVerdict | undefined {
  const verdict = verdictOnConfiguration(value, context) ?? passwordOfLogin(value, context);
  if (verdict === undefined || !context.name.matches(HOLDS_TEXT)) return verdict;
  return /\s/.test(value.text) ? undefined : announcement(value, context);
}

/** `NEO4J_AUTH: neo4j/password`, `auth: admin:password`, `app:password@tcp(mysql:3306)/orders`. */
function passwordOfLogin(
  { text, signs }: ScannedText,
  context: JudgeContext,
): PlaceholderVerdict | undefined {
  if ((signs & LOGIN_SIGNS) === 0) return undefined;
  const [, password] =
    (context.name.matches(AUTH_KEY) ? LOGIN.exec(text) : undefined) ??
    ((signs & GO_SIGNS) === GO_SIGNS ? GO_MYSQL.exec(text) : undefined) ??
    [];
  return password === undefined ? undefined : classifyPlaceholder(password, { ...context, role: 'secret' });
}
const AUTH_KEY = namePattern(/auth$/i);
const LOGIN = /^[\w.@-]{1,64}[:/]([^\s:/]{3,})$/;
const LOGIN_SIGNS = signBits(':/');
/** The form of go-sql-driver. */
const GO_MYSQL = /^[^:@/\s]{1,64}:([^@\s]{1,128})@(?:tcp|unix)\(/;
const GO_SIGNS = signBits(':@(');

/**
 * Whether a value stands for another one: a placeholder, a template, a reference, or a widely known default. Undefined
 * if no check finds a reason. Never throws, and the result holds no part of the value. A URL is checked only as a
 * template. The caller extracts its password and checks it separately.
 */
export function classifyPlaceholder(
  text: string,
  context: PlaceholderContext,
): PlaceholderVerdict | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const plain = unquoted(text.trim());
  if (plain === '') return undefined;
  const value = scan(plain);
  const { role, key, known, ownWords, published, name = new KeyName(key) } = context;
  const judged: JudgeContext = { role, key, known, ownWords, published, name };
  const mustClose = openMemo(plain);
  try {
    return classifyPlain(value, judged) ?? classifyEncoded(value, judged);
  } finally {
    if (mustClose) closeMemo();
  }
}

function classifyPlain(value: ScannedText, context: JudgeContext): PlaceholderVerdict | undefined {
  if (context.role === 'configuration') return classifyConfiguration(value, context);
  const isSecret = context.role === 'secret';
  if (isSecret && isGenerated(value)) return verdictOnSecret(value, context);
  const evident = verdictOnAny(value) ?? (isSecret ? verdictOnSecret(value, context) : undefined);
  if (evident) return evident;
  if (!isDocument(value) && isCoveredByVocabulary(value, context)) return PLACEHOLDER;
  const announced = announcement(value, context);
  if (announced) return announced;
  if (context.role === 'name') return description(value, context);
  if ((value.signs & COMMA) !== 0 && isListOfPlaceholders(value, context)) return PLACEHOLDER;
  if ((value.signs & COLON) !== 0 && isLoginWithPlaceholder(value, context)) return PLACEHOLDER;
  return builtOnKey(value, context);
}
const COMMA = signBits(',');
const COLON = signBits(':');

/** `gateway:gateway`, `broker:changeme`: a user and its password. */
function isLoginWithPlaceholder({ text }: ScannedText, context: JudgeContext): boolean {
  const [, user, password] = USER_AND_PASSWORD.exec(text) ?? [];
  if (user === undefined || password === undefined) return false;
  return (
    password === user ||
    (password.length >= MIN_PASSWORD_LENGTH &&
      classifyPlain(scan(password), { ...context, known: [...(context.known ?? []), user] }) !== undefined)
  );
}
const USER_AND_PASSWORD = /^([a-z][a-z0-9_.-]{2,63}):([^\s:/]{3,128})$/;
/** Random signs have a colon and a shorter word behind it by chance. */
const MIN_PASSWORD_LENGTH = 6;

/** `client-key-001,admin-key-002` */
function isListOfPlaceholders({ text }: ScannedText, context: JudgeContext): boolean {
  // A sentence has commas too, and so may a passphrase of plain words.
  if (/\s/.test(text)) return false;
  const items = text.split(',', MAX_ITEMS + 1);
  return (
    items.length > 1 &&
    items.length <= MAX_ITEMS &&
    items.every((item) => item.length >= MIN_ITEM_LENGTH && /[\d_-]/.test(item)) &&
    items.every((item) => classifyPlain(scan(item), context) !== undefined)
  );
}
const MAX_ITEMS = 16;
const MIN_ITEM_LENGTH = 3;

/** A shorter generated value is the concern of `minLength` and `weak`. */
const MIN_GENERATED_LENGTH = 20;

/**
 * Hexadecimal, base64, or letters and digits without any part that reads like a word, even as leet. Most good secrets
 * look like this, and no vocabulary applies to them.
 */
function isGenerated(value: ScannedText): boolean {
  return (
    value.text.length >= MIN_GENERATED_LENGTH &&
    isBase64(value) &&
    looksRandom(value.text.length, value.changes) &&
    !describesItself(value) &&
    unleet(value).length === 0
  );
}

const isBase64 = ({ text, kinds, signs }: ScannedText): boolean =>
  (signs & ~BASE64_SIGNS) === 0 &&
  (kinds & NEVER_IN_BASE64) === 0 &&
  ((signs & PADDING) === 0 || /^[^=]+={1,2}$/.test(text));
const NEVER_IN_BASE64 = SPACE | NEWLINE | CONTROL | BEYOND_ASCII;
const BASE64_SIGNS = signBits('+/_-=');
const PADDING = signBits('=');

/** `# cat ~/.ssh/id_ed25519 >> this file` */
function onlyComments({ text }: ScannedText): PlaceholderVerdict | undefined {
  if (!text.startsWith('# ')) return undefined;
  return text.split('\n').every((line) => line.trim() === '' || /^\s*#+\s/.test(line))
    ? PLACEHOLDER
    : undefined;
}

const PLACEHOLDER: PlaceholderVerdict = { rule: 'placeholder', what: 'is a placeholder' };
const ENCODED = 'is a placeholder, encoded in base64 once more';

/**
 * Base64 of a placeholder. Short names are often valid base64 by chance, but their decoded text is not in the
 * vocabulary.
 */
function classifyEncoded(value: ScannedText, context: JudgeContext): PlaceholderVerdict | undefined {
  const inner = encodedText(value);
  if (inner === undefined || (inner.length < 4 && context.role !== 'secret')) return undefined;
  const verdict = classifyPlain(scan(inner), { ...context, key: '', name: NO_KEY });
  return verdict?.rule === 'placeholder' ? { ...verdict, what: ENCODED } : verdict;
}
const NO_KEY = new KeyName('');

/** Files, URLs and JSON contain many words, and no placeholder looks like them. */
function isDocument({ text, kinds, signs }: ScannedText): boolean {
  return (
    (kinds & NEWLINE) !== 0 ||
    ((signs & URL_SIGNS) === URL_SIGNS && text.includes('://')) ||
    ((kinds & SPACE) !== 0 && (signs & BRACE) !== 0 && /\{\{|\$\{/.test(text)) ||
    ((signs & DOCUMENT_SIGNS) !== 0 && /^(?:\{\s*"|\[\s*[{"]|-----BEGIN |#!|<\?xml)/.test(text))
  );
}
const URL_SIGNS = signBits(':/');
const BRACE = signBits('{');
const DOCUMENT_SIGNS = signBits('{[-#<');

function unquoted(value: string): string {
  const quote = value[0];
  const closed = value.length > 2 && (quote === '"' || quote === "'") && value.endsWith(quote);
  return closed ? value.slice(1, -1).trim() : value;
}
