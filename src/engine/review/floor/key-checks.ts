import { type Policy, spellingsOf } from '../../policy/policy.ts';
import { MAX_CHARACTER_BYTES } from '../../secret/characters.ts';
import { GENERATE_ANNOTATION } from '../decide/generate.ts';
import { oneOf } from '../rules/form.ts';
import {
  base64,
  beginsWith,
  beginsWithQuote,
  encodedSize,
  hasFewerBytes,
  isAscii,
  isFilled,
  isMoreThanQuotes,
} from './base64.ts';
import { allOf, anyOf, type Cel, concat, listOf, not, quote, when } from './cel.ts';
import { beginsLikeEmulatorKey, type FloorEntry, valueIn } from './entry.ts';
import { IS_NEW } from './match.ts';
import { findingIf, fixByKey, lineOf, NEVER } from './message.ts';
import { isPlaceholder } from './placeholders.ts';

/** A longer value outside ASCII may have fewer characters, and a longer ASCII value costs too much. */
const MAX_ASCII_BYTES = 3072;

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
 * The findings about one key: a list. Most keys are present and good, or absent and optional: then few conditions are
 * evaluated.
 */
export function keyChecks(floorEntry: FloorEntry, previousKeys: ReadonlySet<string>): Cel {
  return when(
    floorEntry.isHeld,
    when(
      `${floorEntry.value} == ''`,
      emptyChecks(floorEntry),
      when(floorEntry.isChecked, concat(formChecks(floorEntry)), NEVER),
    ),
    absenceChecks(floorEntry, previousKeys),
  );
}

function absenceChecks(floorEntry: FloorEntry, previousKeys: ReadonlySet<string>): Cel {
  const { entry, key, isChecked, spellings } = floorEntry;
  const missing = findingIf(
    allOf([isRequired(floorEntry), isChecked, not(isGenerated(floorEntry))]),
    lineOf(floorEntry, {
      rule: 'required',
      message: 'is missing',
      fix: fixByKey(floorEntry, 'add it', 'add'),
    }),
  );
  if (entry.sensitive !== true) return missing;
  const previous = spellings.filter((spelling) => previousKeys.has(spelling));
  const isRemoved = allOf([
    wasFilled(floorEntry),
    ...(previous.length > 0 ? [not(`${key} in ${listOf(previous)}`)] : []),
  ]);
  const removed = findingIf(
    isChecked,
    lineOf(floorEntry, {
      rule: 'removed',
      message: 'had a value and was removed',
      fix: 'keep it, because data may be encrypted with it; an exception in the policy allows the removal',
    }),
  );
  return when(isRemoved, removed, missing);
}

function emptyChecks(floorEntry: FloorEntry): Cel {
  const required = isRequired(floorEntry);
  const empty = findingIf(
    allOf([required, floorEntry.isChecked, not(isGenerated(floorEntry))]),
    lineOf(floorEntry, { rule: 'empty', message: 'is empty', fix: fixByKey(floorEntry, 'set a value') }),
  );
  if (floorEntry.entry.sensitive !== true) return empty;
  const emptied = findingIf(
    allOf([wasFilled(floorEntry), floorEntry.isChecked, not(required)]),
    lineOf(floorEntry, { rule: 'empty', message: 'was emptied', fix: fixByKey(floorEntry, 'set a value') }),
  );
  return concat([empty, emptied].filter((check) => check !== NEVER));
}

/** About the form of a value that is not empty, and no placeholder. */
function formChecks(floorEntry: FloorEntry): readonly Cel[] {
  const { entry, value } = floorEntry;
  // A warning about a lenient key ends the checks of the engine.
  if (entry.lenient) return [];
  const isForm = [floorEntry.isPlain, not(isPlaceholder(floorEntry))];
  // Without a line break at its end, the value is shorter still, and begins in the same way.
  const isBeginning = [
    anyOf([
      floorEntry.isPlain,
      allOf([not(beginsWithQuote(value)), isMoreThanQuotes(value), ...isNoEmulatorKey(floorEntry)]),
    ]),
    not(isPlaceholder(floorEntry)),
  ];
  const { minLength, maxLength, prefix, enum: allowed, sensitive } = entry;
  const checks: Cel[] = [];
  const check = (isFault: Cel, isAsked: readonly Cel[], finding: Parameters<typeof lineOf>[1]): void => {
    checks.push(findingIf(allOf([isFault, ...isAsked]), lineOf(floorEntry, finding)));
  };
  if (minLength !== undefined)
    check(hasFewerBytes(value, minLength), isBeginning, {
      rule: 'min-length',
      message: `is shorter than ${minLength} characters`,
      fix: fixByKey(floorEntry, 'set a longer value'),
    });
  if (maxLength !== undefined)
    check(isLonger(value, maxLength), isForm, {
      rule: 'max-length',
      message: `is longer than ${maxLength} characters`,
      fix: 'set a shorter value',
    });
  if (prefix !== undefined) {
    const fix = `set a value that begins with "${prefix}"`;
    check(not(beginsWith(value, prefix)), isBeginning, {
      rule: 'prefix',
      message: `does not begin with "${prefix}"`,
      fix,
    });
    if (sensitive === true)
      check(`${value} == ${quote(base64(prefix))}`, isForm, {
        rule: 'prefix',
        message: `is only the prefix "${prefix}"`,
        fix,
      });
  }
  // Everybody who may read admission policies could read the values of a sensitive key.
  if (allowed !== undefined && sensitive !== true)
    check(not(`${value} in ${listOf(allowed.map(base64))}`), isForm, {
      rule: 'enum',
      message: 'is none of the texts that the policy allows',
      fix: sensitive === false ? `set ${oneOf(allowed)}` : 'set one of those texts',
    });
  return checks;
}

const isNoEmulatorKey = ({ entry, value }: FloorEntry): readonly Cel[] =>
  entry.sensitive === true ? [not(beginsLikeEmulatorKey(value))] : [];

/** A character has at most four bytes, and in ASCII one. */
const isLonger = (value: Cel, most: number): Cel =>
  allOf([
    not(hasFewerBytes(value, most + 1)),
    anyOf([
      not(hasFewerBytes(value, most * MAX_CHARACTER_BYTES + 1)),
      allOf([`size(${value}) <= ${encodedSize(MAX_ASCII_BYTES)}`, isAscii(value)]),
    ]),
  ]);
