import { type Asks, verdictOf } from './detectors.ts';
import { encodedText } from './encoded.ts';
import { instruction } from './instruction.ts';
import { KeyName, namePattern } from './key-name.ts';
import { describesItself } from './patterns.ts';
import { ValueText } from './value-text.ts';
import type { Classify, DetectorContext, PlaceholderContext, PlaceholderVerdict } from './verdict.ts';
import { closeMemo, openMemo } from './vocabulary/memo.ts';
import { isRandomLooking } from './words/tokens.ts';

/** No placeholder is longer: a longer value is a file. The limit bounds the time that a hostile value can cost. */
const MAX_LENGTH = 4096;

/** The certificates of Java stand in a store with this password. It is no secret, and few people change it. */
const OPTION_OF_CACERTS = /-D\S{0,40}trustStorePassword=changeit(?=\s|$)/;

/** A key management service never gives its keys away. So the name of such a key is the value that programs need. */
const NAME_IN_KMS =
  /^(?:alias\/[\w/-]+|arn:aws[\w-]*:kms:[\w-]+:\d{12}:(?:key|alias)\/[\w/-]+|projects\/[^/\s]+\/locations\/[^/\s]+\/keyRings\/[^/\s]+\/cryptoKeys\/\S+|https:\/\/[\w-]+\.(?:vault|managedhsm)\.azure\.net\/keys\/\S+)$/;
const ENCRYPTION_KEY = namePattern(
  /(?:enc(?:ryption)?|kms|cmk|cmek|seal)[-_.]?key(?:[-_.]?(?:id|arn|name))?$/i,
);

/**
 * Whether a value stands for another one: a placeholder, a template, a reference, or a widely known default. Undefined
 * if no detector finds a reason. Never throws, and the result holds no part of the value. A URL is read only as a
 * template. The caller extracts its password and classifies it separately.
 */
export function classifyPlaceholder(
  text: string,
  context: PlaceholderContext,
): PlaceholderVerdict | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const plain = unquoted(text.trim()).replace(OPTION_OF_CACERTS, '');
  if (plain === '' || (plain === 'changeit' && /trust[-_.]?store/i.test(context.key))) return undefined;
  const value = new ValueText(plain);
  const { role, key, known, contextWords, published, name = new KeyName(key) } = context;
  if (plain.includes('/') && name.matches(ENCRYPTION_KEY) && NAME_IN_KMS.test(plain)) return undefined;
  const full: DetectorContext = { role, key, known, contextWords, published, name };
  const mustClose = openMemo(plain);
  try {
    return classifyText(value, full) ?? classifyEncoded(value, full) ?? classifyMixed(value, full);
  } finally {
    if (mustClose) closeMemo();
  }
}

function classifyText(value: ValueText, context: DetectorContext): PlaceholderVerdict | undefined {
  const verdict = verdictOf(askedAbout(value, context), value, context, classify);
  if (verdict === undefined || context.role !== 'configuration' || !context.name.matches(HOLDS_TEXT))
    return verdict;
  return /[\s,]/.test(value.text) ? undefined : instruction(value, context);
}

const classify: Classify = {
  value: classifyPlaceholder,
  part: (text, context) => classifyText(new ValueText(text), context),
};

/** A value that looks generated is asked the fewest questions. */
const askedAbout = (value: ValueText, { role }: DetectorContext): Asks =>
  role === 'secret' && isGenerated(value) ? 'generated' : role;

/** Keys of files, texts, formats and lists of forbidden words, which hold templates and sentences of their own. */
const HOLDS_TEXT = namePattern(
  /(?:template|format|pattern|layout|regexp?|expr|expression|filter|query|message|subject|body|prompt|hint|banner|motd|text|note|comment|remark|description|cron|schedule|placeholder|title|label|mask(?:[-_.]?char)?|(?:banned|forbidden)[-_.]?password|(?:deny|block|black)[-_]?list)s?\d?$|(?<!credentials?|account)\.(?:html?|tmpl|tpl|gotmpl|j2|ya?ml|json|conf|cfg|ini|xml|toml|properties|sql|sh|js|css|txt|md|env|py|lua|[a-z]{1,8}rc)$/i,
);

/** A shorter generated value is the concern of `minLength` and `weak`. */
const MIN_GENERATED_LENGTH = 20;

/**
 * Hexadecimal, base64, or letters and digits without any part that reads like a word, even as leet. Most good secrets
 * look like this, and no vocabulary applies to them.
 */
function isGenerated(value: ValueText): boolean {
  return (
    value.text.length >= MIN_GENERATED_LENGTH &&
    BASE64.test(value.text) &&
    isRandomLooking(value.text) &&
    !describesItself(value) &&
    value.leetReadings.length === 0
  );
}

const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

const ENCODED = 'is a placeholder, encoded in base64 once more';

/**
 * Base64 of a placeholder. Short names are often valid base64 by chance, but their decoded text is not in the
 * vocabulary.
 */
function classifyEncoded(value: ValueText, context: DetectorContext): PlaceholderVerdict | undefined {
  const inner = encodedText(value);
  if (inner === undefined || (inner.length < 4 && context.role !== 'secret')) return undefined;
  const verdict = classify.part(inner, { ...context, key: '', name: NO_KEY });
  return verdict?.rule === 'placeholder' ? { ...verdict, message: ENCODED } : verdict;
}
const NO_KEY = new KeyName('');

/** `pаssword`, with a Cyrillic letter in a Latin word: the eye reads one script. */
function classifyMixed(
  { text, isAscii }: ValueText,
  context: DetectorContext,
): PlaceholderVerdict | undefined {
  if (isAscii || !TWO_SCRIPTS.test(text)) return undefined;
  return classifyText(new ValueText(text.replace(/[авекмнорстухіѕјοαερν]/gi, latinOf)), context);
}
const TWO_SCRIPTS = /[a-z][авекмнорстухіѕјοαερν]|[авекмнорстухіѕјοαερν][a-z]/i;
const LATIN_LOOKS = new Map(
  [...'авекмнорстухіѕјοαερν'].map((letter, at) => [letter, 'abekmhopctyxisjoaepv'.charAt(at)]),
);
const latinOf = (letter: string): string => LATIN_LOOKS.get(letter.toLowerCase())!;

function unquoted(value: string): string {
  const quote = value[0];
  const closed = value.length > 2 && (quote === '"' || quote === "'") && value.endsWith(quote);
  return closed ? value.slice(1, -1).trim() : value;
}
