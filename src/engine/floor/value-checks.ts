import { GENERATE_ANNOTATION } from '../decide/generate.ts';
import type { Policy } from '../policy/policy.ts';
import { oneOf } from '../rules/form.ts';
import { MAX_CHARACTER_BYTES } from '../secret/characters.ts';
import {
  base64,
  beginsWith,
  beginsWithQuote,
  encodedSize,
  hasCount,
  hasFewerBytes,
  isAscii,
  isFilled,
  isMoreThanAccidents,
  MAX_ASCII_BYTES,
  MAX_CHARACTERS,
} from './base64.ts';
import { allOf, anyOf, type Cel, concat, listOf, not, quote, when } from './cel.ts';
import { type FloorEntry, mayBeQuotedEmulatorKey, spellingsOf, valueIn } from './entry.ts';
import { IS_NEW } from './match.ts';
import { findingIf, fixByKey, lineOf, NEVER } from './message.ts';
import { isPlaceholder } from './placeholder/findings.ts';

const isRequired = ({ entry }: FloorEntry): Cel =>
  entry.required
    ? 'true'
    : entry.requiredWith === undefined
      ? 'false'
      : allOf(entry.requiredWith.map((key) => isFilled(valueIn('variables.data', quote(key)))));

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

const wasFilled = ({ oldValue }: FloorEntry): Cel => allOf([not(IS_NEW), `${oldValue} != ''`]);

/**
 * The findings about one key: a list. A derived key has its own. `place` is the number of the value among those whose
 * length is compared. Most keys are present and good, or absent and optional: then few conditions are evaluated.
 */
export function keyChecks(one: FloorEntry, previousKeys: ReadonlySet<string>, place: number): Cel {
  if (one.entry.derive !== undefined) return NEVER;
  return when(
    one.isHeld,
    when(`${one.value} == ''`, emptyChecks(one), when(one.isJudged, concat(formChecks(one, place)), NEVER)),
    absenceChecks(one, previousKeys),
  );
}

function absenceChecks(one: FloorEntry, previousKeys: ReadonlySet<string>): Cel {
  const { entry, key, isJudged, spellings } = one;
  const missing = findingIf(
    allOf([isRequired(one), isJudged, not(isGenerated(one))]),
    lineOf(one, { rule: 'required', message: 'is missing', fix: fixByKey(one, 'add it', 'add') }),
  );
  if (entry.sensitive !== true) return missing;
  const previous = spellings.filter((spelling) => previousKeys.has(spelling));
  const isRemoved = allOf([
    wasFilled(one),
    ...(previous.length > 0 ? [not(`${key} in ${listOf(previous)}`)] : []),
  ]);
  const removed = findingIf(
    isJudged,
    lineOf(one, {
      rule: 'removed',
      message: 'had a value and was removed',
      fix: 'keep it, because data may be encrypted with it; an exception in the policy allows the removal',
    }),
  );
  return when(isRemoved, removed, missing);
}

function emptyChecks(one: FloorEntry): Cel {
  const required = isRequired(one);
  const empty = findingIf(
    allOf([required, one.isJudged, not(isGenerated(one))]),
    lineOf(one, { rule: 'empty', message: 'is empty', fix: fixByKey(one, 'set a value') }),
  );
  if (one.entry.sensitive !== true) return empty;
  const emptied = findingIf(
    allOf([wasFilled(one), one.isJudged, not(required)]),
    lineOf(one, { rule: 'empty', message: 'was emptied', fix: fixByKey(one, 'set a value') }),
  );
  return concat([empty, emptied].filter((check) => check !== NEVER));
}

/** The length of such a value is compared. */
export const hasLength = ({ entry }: FloorEntry): boolean =>
  entry.derive === undefined && !entry.lenient && (entry.minLength ?? entry.maxLength) !== undefined;

/** About the form of a value that is not empty, and no placeholder. */
function formChecks(one: FloorEntry, place: number): readonly Cel[] {
  const { entry, value } = one;
  // A warning about a lenient key ends the checks of the engine.
  if (entry.lenient) return [];
  const isNoQuotedKey = entry.sensitive === true ? not(mayBeQuotedEmulatorKey(value)) : 'true';
  const isForm = [one.isPlain, not(isPlaceholder(one))];
  const checks: Cel[] = [];
  const { minLength, maxLength, prefix, enum: allowed, sensitive } = entry;
  if (minLength !== undefined)
    checks.push(
      findingIf(
        // Without quotes or a line break around it, the value is shorter still, and lockstep refuses it too.
        allOf([
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
        allOf([isLonger(value, maxLength, place), ...isForm]),
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
          allOf([`${value} == ${quote(base64(prefix))}`, ...isForm]),
          lineOf(one, { rule: 'prefix', message: `is only the prefix "${prefix}"`, fix }),
        ),
      );
  }
  // Everybody who may read admission policies could read the values of a sensitive key.
  if (allowed !== undefined && sensitive !== true)
    checks.push(
      findingIf(
        allOf([not(`${value} in ${listOf(allowed.map(base64))}`), ...isForm]),
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
  if (least > MAX_CHARACTERS) return hasFewBytes;
  const hasFewCharacters = allOf([
    hasFewerBytes(value, least * MAX_CHARACTER_BYTES),
    not(isAscii(value)),
    hasCount(value, place, `< ${least}`),
  ]);
  return anyOf([hasFewBytes, hasFewCharacters]);
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
