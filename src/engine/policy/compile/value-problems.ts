import { characterCount } from '../../secret/characters.ts';
import { isTooCostly, type Spend } from '../cost.ts';
import { compilePattern, type Pattern } from '../pattern.ts';
import type { KeySpec } from '../schema/key-schema.ts';
import type { Problem } from '../schema/problem.ts';
import type { SecretPolicySpec } from '../schema/schema.ts';
import type { Compilation } from './compilation.ts';
import { generatedLength, generatedSamples } from './generated-samples.ts';

/** The limits of a value that no value keeps, or that the policy's own values break. */
export function valueProblems({ keys }: SecretPolicySpec, compilation: Compilation): Problem[] {
  return Object.entries(keys).flatMap(([name, key]) =>
    problemsOf(key, name, compilation).map(({ path, message }) => ({
      path: ['spec', 'keys', name, ...path],
      message,
    })),
  );
}

const at = (message: string, ...path: Problem['path']): Problem => ({ path, message });

function problemsOf(key: KeySpec, name: string, compilation: Compilation): readonly Problem[] {
  const problems = [...lengthProblems(key)];
  const spend = compilation.budget.for(['spec', 'keys', name, 'pattern']);
  const pattern = meteredPattern(key, compilation, spend, problems);
  if (pattern !== undefined) problems.push(...patternProblems(key, pattern));
  if (!isPrefixOfTemplate(key))
    problems.push(at('is not how derive.template begins: correct one of the two', 'prefix'));
  for (const [index, text] of (key.enum ?? []).entries()) {
    const isTooShort = characterCount(text) < (key.minLength ?? 0);
    const fault = isTooShort ? 'is shorter than minLength' : faultIn(text, key, pattern);
    if (fault !== undefined) problems.push(at(`${fault}: remove it, or correct it`, 'enum', index));
  }
  const { default: text } = key;
  if (text !== undefined && text !== '') {
    const fault = key.enum?.includes(text) === false ? 'is none of enum' : faultIn(text, key, pattern);
    if (fault !== undefined) problems.push(at(`${fault}: correct it`, 'default'));
  }
  return [...problems, ...generateProblems(key, pattern)];
}

function lengthProblems({ minLength = 0, recommendedLength = 0, maxLength, prefix }: KeySpec): Problem[] {
  if (maxLength === undefined) return [];
  if (maxLength < minLength) return [at('must not be less than minLength', 'maxLength')];
  if (maxLength < recommendedLength) return [at('must not be less than recommendedLength', 'maxLength')];
  return characterCount(prefix ?? '') > maxLength
    ? [at('is longer than maxLength: shorten it, or allow more', 'prefix')]
    : [];
}

/** The reason why no value matches, if the text of the pattern shows it. */
function patternProblems(key: KeySpec, { maxCharacters }: Pattern): Problem[] {
  const { pattern = '', prefix = '', minLength = 0, maxLength = Infinity } = key;
  const { start, least, most } = patternShape(pattern) ?? { start: '', least: 0, most: Infinity };
  const problem = (message: string): Problem[] => [at(message, 'pattern')];
  if (most === 0) return problem('matches only an empty value: correct it');
  if (Math.max(minLength, least) > maxCharacters)
    return problem(`is asked of at most ${maxCharacters} characters, and no value has so few: shorten it`);
  if (most < minLength)
    return problem(`matches at most ${most} characters, fewer than minLength: correct one of the two`);
  if (least > maxLength)
    return problem(`matches at least ${least} characters, more than maxLength: correct one of the two`);
  return start.startsWith(prefix) || prefix.startsWith(start)
    ? []
    : [at('is not how pattern begins: correct one of the two', 'prefix')];
}

/** Checking the texts of the policy by a pattern is charged too. */
function meteredPattern(
  { pattern: text }: KeySpec,
  { patterns }: Compilation,
  spend: Spend,
  problems: Problem[],
): Pattern | undefined {
  if (text === undefined) return undefined;
  const pattern = patterns.get(text) ?? readPattern(text, spend, problems);
  if (pattern === undefined) return undefined;
  patterns.set(text, pattern);
  return {
    ...pattern,
    matches: (value) => {
      spend(STEPS_PER_MATCH + STEPS_PER_INSTRUCTION * pattern.instructions * value.length);
      return pattern.matches(value);
    },
  };
}

/** Measured on the worst patterns. */
const STEPS_PER_MATCH = 1000;
const STEPS_PER_INSTRUCTION = 3;

function readPattern(text: string, spend: Spend, problems: Problem[]): Pattern | undefined {
  try {
    return compilePattern(text, spend);
  } catch (error) {
    if (isTooCostly(error)) throw error;
    problems.push(at(error instanceof Error ? error.message : 'can not be read', 'pattern'));
    return undefined;
  }
}

/** The first limit of the key that a text of the policy breaks. A bad pattern has a problem of its own. */
function faultIn(text: string, key: KeySpec, pattern: Pattern | undefined): string | undefined {
  const length = characterCount(text);
  if (length > (key.maxLength ?? Infinity)) return 'is longer than maxLength';
  if (!text.startsWith(key.prefix ?? '')) return 'does not begin with prefix';
  if (pattern === undefined) return undefined;
  return length <= pattern.maxCharacters && pattern.matches(text) ? undefined : 'does not match pattern';
}

/** As far as the template has text before its first `${KEY}`. */
function isPrefixOfTemplate({ derive, prefix }: KeySpec): boolean {
  if (derive === undefined || prefix === undefined) return true;
  const [start = ''] = derive.template.split('${', 1);
  return start.startsWith(prefix) || prefix.startsWith(start);
}

function generateProblems(key: KeySpec, pattern: Pattern | undefined): Problem[] {
  const { generate, prefix = '', minLength = 0, recommendedLength = 0, maxLength = Infinity } = key;
  if (generate === undefined) return [];
  if (key.enum !== undefined)
    return [at('makes a random value, which is none of enum: remove one of the two', 'generate')];
  const length = characterCount(prefix) + generatedLength(generate);
  if (length < Math.max(minLength, recommendedLength)) {
    const field = key.recommendedLength === undefined ? 'minLength' : 'recommendedLength';
    return [at(`makes a value shorter than ${field}: ask for more`, 'generate')];
  }
  if (length > maxLength) return [at('makes a value longer than maxLength: ask for less', 'generate')];
  const isMatched =
    pattern === undefined ||
    (length <= pattern.maxCharacters &&
      generatedSamples(generate).every((sample) => pattern.matches(`${prefix}${sample}`)));
  return isMatched
    ? []
    : [at('makes values that pattern does not match: allow them, or remove it', 'generate')];
}

/** The values that a pattern can match, as far as its text shows it at once. */
interface PatternShape {
  /** The text that each of them begins with. */
  readonly start: string;
  /** The numbers of characters that they have. */
  readonly least: number;
  readonly most: number;
}

/**
 * Reads a pattern that matches the whole value, and is a row of characters and classes with their repetitions:
 * `^sk_live_[0-9a-zA-Z]{24,99}$`. Undefined for any other one.
 *
 * @internal Exported for tests.
 */
export function patternShape(pattern: string): PatternShape | undefined {
  if (!pattern.startsWith('^') || !pattern.endsWith('$')) return undefined;
  const row = pattern.slice(1, -1);
  let [start, least, most, end, isStart] = ['', 0, 0, 0, true];
  for (const { index, 0: piece, groups = {} } of row.matchAll(REPEATED)) {
    if (index !== end) return undefined;
    end += piece.length;
    const [atLeast, atMost] = timesOf(groups);
    isStart &&= groups.plain !== undefined && atLeast === 1 && atMost === 1;
    if (isStart) start += groups.plain;
    least += atLeast;
    most += atMost;
  }
  return end === row.length ? { start, least, most } : undefined;
}

/** One character, one escaped punctuation, or one class; then how often. */
const REPEATED =
  /(?:(?<plain>[^\\^$.|?*+()[\]{}])|\\[^A-Za-z0-9]|\\[dDsSwW]|\.|\[\^?\]?(?:\\.|\[:\^?[a-z]+:\]|[^\\[\]])*\])(?:(?<sign>[?*+])|\{(?<least>\d{1,4})(?<range>,(?<most>\d{0,4}))?\})?/gu;

function timesOf({ sign, least, range, most }: Readonly<Record<string, string | undefined>>) {
  if (sign !== undefined) return [sign === '+' ? 1 : 0, sign === '?' ? 1 : Infinity] as const;
  if (least === undefined) return [1, 1] as const;
  if (range === undefined) return [Number(least), Number(least)] as const;
  return [Number(least), most === '' ? Infinity : Number(most)] as const;
}
