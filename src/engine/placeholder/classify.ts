import { commandNeverRun } from './command.ts';
import { encodedText } from './encoded.ts';
import { filler, fillerSecret } from './filler.ts';
import { unleet } from './leet.ts';
import { ownName } from './own-name.ts';
import { emptyPem } from './pem.ts';
import { publishedValue } from './published.ts';
import { unresolvedReference } from './reference.ts';
import { announcesItself } from './self-description.ts';
import { unrenderedTemplate } from './template.ts';
import type { PlaceholderContext, PlaceholderVerdict } from './verdict.ts';
import { isVocabulary } from './vocabulary-cover.ts';
import { isChance } from './words.ts';

/** Nobody writes a longer placeholder, and what is longer is a file. Keeps hostile values from costing time. */
const LONGEST = 4096;

type Check = (text: string, context: PlaceholderContext) => PlaceholderVerdict | undefined;

/** What gives itself away in any value, a name too. References come first: some are written in a template's braces. */
const ANYWHERE: readonly Check[] = [unresolvedReference, unrenderedTemplate, commandNeverRun, filler];

/** What is no secret, though it may be a good name. */
const IN_A_SECRET: readonly Check[] = [ownName, fillerSecret, emptyPem, publishedValue];

/**
 * Whether a value stands where somebody meant to put another one: a placeholder, a template, a reference, or a default that everybody knows.
 * Undefined means that nothing speaks against it. Never throws; says nothing of the value. A URL is judged only as a template: its password is for
 * the caller to take out and to hand in by itself.
 */
export function judgePlaceholder(text: string, context: PlaceholderContext): PlaceholderVerdict | undefined {
  if (text.length > LONGEST) return undefined;
  const value = unquoted(text.trim());
  if (value === '') return undefined;
  return judgePlain(value, context) ?? judgeEncoded(value, context);
}

function judgePlain(value: string, context: PlaceholderContext): PlaceholderVerdict | undefined {
  if (context.role === 'secret' && isDrawn(value)) return first(IN_A_SECRET, value, context);
  const evident = first(ANYWHERE, value, context);
  if (evident) return evident;
  if (context.role === 'secret') {
    const known = first(IN_A_SECRET, value, context);
    if (known) return known;
  }
  return isDocument(value) || !isVocabulary(value, context) ? undefined : PLACEHOLDER;
}

/** Bytes from a generator are shorter than this only where the policy's `minLength` or `weak` speaks. */
const SHORTEST_DRAW = 20;

/**
 * Hexadecimal, base64 or letters and digits in which nothing reads like a word, not even as leet: what most good secrets are. No vocabulary can
 * speak of it.
 */
function isDrawn(value: string): boolean {
  return (
    value.length >= SHORTEST_DRAW &&
    /^[A-Za-z0-9+/_-]+={0,2}$/.test(value) &&
    isChance(value) &&
    !announcesItself(value) &&
    unleet(value).length === 0
  );
}

const PLACEHOLDER: PlaceholderVerdict = { rule: 'placeholder', what: 'is a placeholder' };
const ENCODED: PlaceholderVerdict = {
  rule: 'placeholder',
  what: 'is a placeholder, encoded in base64 once more',
};

/** Base64 of a placeholder. Short names are often valid base64 by chance, but what they decode to is not in the vocabulary. */
function judgeEncoded(value: string, context: PlaceholderContext): PlaceholderVerdict | undefined {
  const inner = encodedText(value);
  if (inner === undefined || (inner.length < 4 && context.role === 'name')) return undefined;
  const verdict = judgePlain(inner, { ...context, key: '' });
  return (
    verdict && { rule: verdict.rule, what: verdict.rule === 'placeholder' ? ENCODED.what : verdict.what }
  );
}

function first(
  checks: readonly Check[],
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
