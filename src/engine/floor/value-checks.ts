import { GENERATE_ANNOTATION } from '../decide/generate.ts';
import type { Policy } from '../policy/policy.ts';
import { oneOf } from '../rules/form/enum.ts';
import { MAX_CHARACTER_BYTES } from '../secret/characters.ts';
import {
  base64,
  beginsWith,
  beginsWithQuote,
  encodedSize,
  hasCount,
  hasFewerBytes,
  isAscii,
  isAsTyped,
  isMoreThanAccidents,
  MAX_ASCII_BYTES,
  MAX_CHARACTERS,
} from './base64.ts';
import { allOf, anyOf, type Cel, listOf, not, quote } from './cel.ts';
import { type FloorEntry, mayBeQuotedEmulatorKey, spellingsOf, valueIn } from './entry.ts';
import { IS_NEW } from './match.ts';
import { findingIf, fixByKey, lineOf } from './message.ts';
import { isPlaceholder } from './placeholder.ts';

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

/** A check that finds nothing. */
export const NEVER = findingIf('false', "''");

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

/** The length of such a value is compared. */
export const hasLength = ({ entry }: FloorEntry): boolean =>
  entry.derive === undefined && !entry.lenient && (entry.minLength ?? entry.maxLength) !== undefined;

/**
 * Findings about the form of a value that is no placeholder. `place` is the number of the value among the counted ones.
 */
export function formChecks(one: FloorEntry, place: number): readonly Cel[] {
  const { entry, value, isJudged } = one;
  // A warning about a lenient key ends the checks of the engine.
  if (entry.derive !== undefined || entry.lenient) return [];
  const isTyped = [isJudged, `${value} != ''`];
  const isNoQuotedKey = entry.sensitive === true ? not(mayBeQuotedEmulatorKey(value)) : 'true';
  const isForm = [one.isPlain, not(isPlaceholder(one))];
  const checks: Cel[] = [];
  const { minLength, maxLength, prefix, enum: allowed, sensitive } = entry;
  if (minLength !== undefined)
    checks.push(
      findingIf(
        // Without quotes or a line break around it, the value is shorter still, and lockstep refuses it too.
        allOf([
          ...isTyped,
          isShorter(value, minLength, place),
          anyOf([one.isPlain, allOf([isMoreThanAccidents(value), isNoQuotedKey])]),
          not(isPlaceholder(one)),
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
        allOf([...isTyped, isLonger(value, maxLength, place), ...isForm]),
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
        // A line break at the end does not change how the value begins.
        allOf([
          ...isTyped,
          not(hasPrefix),
          anyOf([
            one.isPlain,
            allOf([not(beginsWithQuote(value)), isMoreThanAccidents(value), isNoQuotedKey]),
          ]),
          not(isPlaceholder(one)),
        ]),
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
  // Everybody who may read admission policies could read the values of a sensitive key.
  if (allowed !== undefined && sensitive !== true)
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

/** A value has no more characters than bytes, and a character has at most four bytes. */
function isShorter(value: Cel, least: number, place: number): Cel {
  const hasFewBytes = hasFewerBytes(value, least);
  return least > MAX_CHARACTERS ? hasFewBytes : anyOf([hasFewBytes, hasCount(value, place, `< ${least}`)]);
}

function isLonger(value: Cel, most: number, place: number): Cel {
  const counted = most < MAX_CHARACTERS ? [hasCount(value, place, `> ${most}`)] : [];
  return allOf([
    not(hasFewerBytes(value, most + 1)),
    anyOf([
      not(hasFewerBytes(value, most * MAX_CHARACTER_BYTES + 1)),
      allOf([`size(${value}) <= ${encodedSize(MAX_ASCII_BYTES)}`, isAscii(value)]),
      ...counted,
    ]),
  ]);
}
