import { unexecutedCommand } from './command.ts';
import { encodedText } from './encoded.ts';
import { filler, fillerSecret } from './filler.ts';
import { unleet } from './leet.ts';
import { ownName } from './own-name.ts';
import { emptyPem } from './pem.ts';
import { publishedValue } from './published.ts';
import { unresolvedReferenceIn } from './reference.ts';
import { describesItself } from './self-description.ts';
import { unrenderedTemplateIn } from './template.ts';
import type { PlaceholderContext, PlaceholderVerdict } from './verdict.ts';
import { isCoveredByVocabulary } from './vocabulary-cover.ts';
import { isRandomLooking } from './words.ts';

/** Nobody writes a longer placeholder, and what is longer is a file. Keeps hostile values from costing time. */
const MAX_LENGTH = 4096;

type PlaceholderCheck = (text: string, context: PlaceholderContext) => PlaceholderVerdict | undefined;

/** What gives itself away in any value, a name too. References come first: some are written in a template's braces. */
const CHECKS_FOR_ANY_VALUE: readonly PlaceholderCheck[] = [
  unresolvedReferenceIn,
  unrenderedTemplateIn,
  unexecutedCommand,
  filler,
];

/** What is no secret, though it may be a good name. */
const CHECKS_FOR_SECRETS: readonly PlaceholderCheck[] = [ownName, fillerSecret, emptyPem, publishedValue];

/**
 * Whether a value stands where somebody meant to put another one: a placeholder, a template, a reference, or a default that everybody knows.
 * Undefined means that nothing speaks against it. Never throws; says nothing of the value. A URL is judged only as a template: its password is for
 * the caller to take out and to hand in by itself.
 */
export function classifyPlaceholder(
  text: string,
  context: PlaceholderContext,
): PlaceholderVerdict | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const value = unquoted(text.trim());
  if (value === '') return undefined;
  return classifyPlain(value, context) ?? classifyEncoded(value, context);
}

function classifyPlain(value: string, context: PlaceholderContext): PlaceholderVerdict | undefined {
  if (context.role === 'secret' && isGenerated(value))
    return firstVerdict(CHECKS_FOR_SECRETS, value, context);
  const evident = firstVerdict(CHECKS_FOR_ANY_VALUE, value, context);
  if (evident) return evident;
  if (context.role === 'secret') {
    const known = firstVerdict(CHECKS_FOR_SECRETS, value, context);
    if (known) return known;
  }
  return isDocument(value) || !isCoveredByVocabulary(value, context) ? undefined : PLACEHOLDER;
}

/** Bytes from a generator are shorter than this only where the policy's `minLength` or `weak` speaks. */
const MIN_GENERATED_LENGTH = 20;

/**
 * Hexadecimal, base64 or letters and digits in which nothing reads like a word, not even as leet: what most good secrets are. No vocabulary can
 * speak of it.
 */
function isGenerated(value: string): boolean {
  return (
    value.length >= MIN_GENERATED_LENGTH &&
    /^[A-Za-z0-9+/_-]+={0,2}$/.test(value) &&
    isRandomLooking(value) &&
    !describesItself(value) &&
    unleet(value).length === 0
  );
}

const PLACEHOLDER: PlaceholderVerdict = { rule: 'placeholder', what: 'is a placeholder' };
const ENCODED: PlaceholderVerdict = {
  rule: 'placeholder',
  what: 'is a placeholder, encoded in base64 once more',
};

/** Base64 of a placeholder. Short names are often valid base64 by chance, but what they decode to is not in the vocabulary. */
function classifyEncoded(value: string, context: PlaceholderContext): PlaceholderVerdict | undefined {
  const inner = encodedText(value);
  if (inner === undefined || (inner.length < 4 && context.role === 'name')) return undefined;
  const verdict = classifyPlain(inner, { ...context, key: '' });
  return (
    verdict && { rule: verdict.rule, what: verdict.rule === 'placeholder' ? ENCODED.what : verdict.what }
  );
}

function firstVerdict(
  checks: readonly PlaceholderCheck[],
  value: string,
  context: PlaceholderContext,
): PlaceholderVerdict | undefined {
  for (const check of checks) {
    const verdict = check(value, context);
    if (verdict) return verdict;
  }
  return undefined;
}

/** Files, URLs and JSON have words in plenty; they are not what a placeholder looks like. */
function isDocument(value: string): boolean {
  return (
    value.includes('\n') ||
    value.includes('://') ||
    (value.includes(' ') && /\{\{|\$\{/.test(value)) ||
    /^(?:\{\s*"|\[\s*[{"]|-----BEGIN |#!|<\?xml)/.test(value)
  );
}

function unquoted(value: string): string {
  const quote = value[0];
  const closed = value.length > 2 && (quote === '"' || quote === "'") && value.endsWith(quote);
  return closed ? value.slice(1, -1).trim() : value;
}
