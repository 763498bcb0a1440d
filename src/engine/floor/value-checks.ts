import { GENERATE_ANNOTATION } from '../decide/generate.ts';
import type { Policy } from '../policy/policy.ts';
import { oneOf } from '../rules/form/enum.ts';
import { base64, beginsWith, bytesOf, encodedSize, isAscii, isAsTyped } from './base64.ts';
import { allOf, anyOf, type Cel, listOf, not, quote } from './cel.ts';
import { type FloorEntry, spellingsOf, valueIn } from './entry.ts';
import { IS_NEW } from './match.ts';
import { findingIf, fixByKey, lineOf } from './message.ts';

/**
 * Length and first three characters of the published keys of emulators. The engine only warns about them, and asks
 * nothing else about such a value.
 *
 * @internal Exported for tests.
 */
export const EMULATOR_KEYS: readonly (readonly [length: number, begin: string])[] = [
  [20, 'Q3A'],
  [40, 'zuf'],
  [88, 'Eby'],
  [88, 'C2y'],
];

export const isEmulatorKey = (value: Cel): Cel =>
  anyOf(
    EMULATOR_KEYS.map(
      ([length, begin]) =>
        `(size(${value}) == ${encodedSize(length)} && ${value}.startsWith(${quote(base64(begin))}))`,
    ),
  );

/** The value of another key, which lockstep does not change. */
const isFilled = (key: string): Cel => {
  const value = valueIn('variables.data', quote(key));
  return allOf([`${value} != ''`, isAsTyped(value)]);
};

const isRequired = ({ entry }: FloorEntry): Cel =>
  entry.required
    ? 'true'
    : entry.requiredWith === undefined
      ? 'false'
      : allOf(entry.requiredWith.map(isFilled));

/** lockstep makes a value for the new Secret. */
const isGenerated = ({ entry }: FloorEntry): Cel =>
  entry.generate === undefined
    ? 'false'
    : allOf([
        IS_NEW,
        'has(variables.secret.metadata.annotations)',
        `${quote(GENERATE_ANNOTATION)} in variables.secret.metadata.annotations`,
        `variables.secret.metadata.annotations[${quote(GENERATE_ANNOTATION)}] == 'true'`,
      ]);

/** The keys that hold a previous value, by their names and spellings: a rotation ends with their removal. */
export function previousKeysOf(policies: readonly Policy[]): ReadonlySet<string> {
  const names = policies.flatMap(({ keys }) => keys.flatMap(({ rotate }) => rotate?.previousKey ?? []));
  const entries = policies.flatMap(({ keys }) => keys.filter(({ name }) => names.includes(name)));
  return new Set([...names, ...entries.flatMap(spellingsOf)]);
}

const wasFilled = ({ oldValue }: FloorEntry): Cel => `${oldValue} != ''`;

/** Findings about a key that is absent or empty. A derived key has its own. */
export function absenceChecks(one: FloorEntry, previousKeys: ReadonlySet<string>): readonly Cel[] {
  const { entry, key, value, isJudged, spellings } = one;
  if (entry.derive !== undefined) return [];
  const isAbsent = `!(${key} in variables.data)`;
  const required = isRequired(one);
  const isSensitive = entry.sensitive === true;
  const isRemoved = isSensitive
    ? allOf([
        isAbsent,
        wasFilled(one),
        ...(spellings.some((spelling) => previousKeys.has(spelling))
          ? [not(`${key} in ${listOf(spellings.filter((spelling) => previousKeys.has(spelling)))}`)]
          : []),
      ])
    : 'false';
  const checks: Cel[] = [];
  if (isSensitive)
    checks.push(
      findingIf(
        allOf([isJudged, isRemoved]),
        lineOf(one, {
          rule: 'removed',
          message: 'had a value and was removed',
          fix: 'keep it, because data may be encrypted with it; an exception in the policy allows the removal',
        }),
      ),
    );
  if (required !== 'false')
    checks.push(
      findingIf(
        allOf([isJudged, isAbsent, not(isRemoved), required, not(isGenerated(one))]),
        lineOf(one, { rule: 'required', message: 'is missing', fix: fixByKey(one, 'add it', 'add') }),
      ),
      findingIf(
        allOf([isJudged, not(isAbsent), `${value} == ''`, required, not(isGenerated(one))]),
        lineOf(one, { rule: 'empty', message: 'is empty', fix: fixByKey(one, 'set a value') }),
      ),
    );
  if (isSensitive)
    checks.push(
      findingIf(
        allOf([isJudged, not(isAbsent), `${value} == ''`, not(required), wasFilled(one)]),
        lineOf(one, { rule: 'empty', message: 'was emptied', fix: fixByKey(one, 'set a value') }),
      ),
    );
  return checks;
}

/** Only such an ASCII value is counted: a longer one would cost too much. */
const MAX_COUNTED_BYTES = 12_288;

/** Findings about the form of a value that is no placeholder. */
export function formChecks(one: FloorEntry): readonly Cel[] {
  const { entry, value, isJudged, placeholder } = one;
  // A warning about a lenient key ends the checks of the engine.
  if (entry.derive !== undefined || entry.lenient) return [];
  const isTyped = [isJudged, `${value} != ''`];
  const isForm = [one.isAsTyped, not(isEmulatorKey(value)), `${placeholder} == ''`];
  const checks: Cel[] = [];
  const { minLength, maxLength, prefix, enum: allowed, sensitive } = entry;
  if (minLength !== undefined)
    checks.push(
      findingIf(
        // A value has no more characters than bytes.
        allOf([
          ...isTyped,
          `size(${value}) <= ${encodedSize(minLength)}`,
          `${bytesOf(value)} < ${minLength}`,
          ...isForm,
        ]),
        lineOf(one, {
          rule: 'min-length',
          message: `is shorter than ${minLength} characters`,
          fix: fixByKey(one, 'set a longer value'),
        }),
      ),
    );
  if (maxLength !== undefined)
    checks.push(
      findingIf(
        // A character has at most four bytes.
        allOf([
          ...isTyped,
          `${bytesOf(value)} > ${maxLength}`,
          anyOf([
            `${bytesOf(value)} > ${maxLength * 4}`,
            allOf([`size(${value}) <= ${encodedSize(MAX_COUNTED_BYTES)}`, isAscii(value)]),
          ]),
          ...isForm,
        ]),
        lineOf(one, {
          rule: 'max-length',
          message: `is longer than ${maxLength} characters`,
          fix: 'set a shorter value',
        }),
      ),
    );
  if (prefix !== undefined) {
    const hasPrefix = beginsWith(value, prefix);
    const fix = `set a value that begins with "${prefix}"`;
    checks.push(
      findingIf(
        allOf([...isTyped, not(hasPrefix), ...isForm]),
        lineOf(one, { rule: 'prefix', message: `does not begin with "${prefix}"`, fix }),
      ),
    );
    if (sensitive === true)
      checks.push(
        findingIf(
          allOf([...isTyped, `${value} == ${quote(base64(prefix))}`, ...isForm]),
          lineOf(one, { rule: 'prefix', message: `is only the prefix "${prefix}"`, fix }),
        ),
      );
  }
  if (allowed !== undefined)
    checks.push(
      findingIf(
        allOf([...isTyped, not(`${value} in ${listOf(allowed.map(base64))}`), ...isForm]),
        lineOf(one, {
          rule: 'enum',
          message: 'is none of the texts that the policy allows',
          fix: sensitive === false ? `set ${oneOf(allowed)}` : 'set one of those texts',
        }),
      ),
    );
  return checks;
}

export const placeholderCheck = (one: FloorEntry): readonly Cel[] =>
  one.entry.derive === undefined
    ? [
        findingIf(
          allOf([one.isJudged, `${one.placeholder} != ''`]),
          `'data[' + ${one.key} + ']: ' + ${one.placeholder}`,
        ),
      ]
    : [];
