import { GENERIC_KEY } from '../../policy/generic-login.ts';
import type { KeyEntry, Policy } from '../../policy/policy.ts';
import { referencesOf } from '../../policy/template.ts';
import { decoded } from '../base64.ts';
import { allOf, anyOf, type Cel, listOf, not, quote, when } from '../cel.ts';
import { mayMatch, spellingsOf, surelyMatches, type Variable, valueIn } from '../entry.ts';
import { CERTAIN, mailPattern, type ValueClass } from './certain-values.ts';
import type { DeriveEntry } from './derive-entry.ts';
import { hasSignsOf, isOfClass } from './value-conditions.ts';

/** One key that a template names, with the variables for its value. Each expression is a variable, or cheap. */
export interface BaseKey {
  readonly name: string;
  readonly spellings: readonly string[];
  readonly isSecret: boolean;
  readonly classes: readonly ValueClass[];
  readonly key: Cel;
  readonly value: Cel;
  readonly oldValue: Cel;
  /** The decoded values. */
  readonly text: Cel;
  readonly oldText: Cel;
  /** It is certain which entry decides about the key, and which spelling counts. */
  readonly isDecided: Cel;
  /** lockstep would use this value. */
  readonly isValid: Cel;
  /** The characters of the value before are those of its class. */
  readonly hadSigns: Cel;
  readonly variables: readonly Variable[];
}

/** The reason why the key can't be a base key of the admission policy. */
export type BaseKeyFault = string;

/** `entries` are those of all policies, highest precedence first. `place` is the one of the derived key. */
export function baseKey(
  name: string,
  place: number,
  id: string,
  entries: readonly DeriveEntry[],
): BaseKey | BaseKeyFault {
  const related = entries.filter(({ spellings }) => spellings.includes(name));
  if (related.some(({ entry }) => entry.when !== undefined || entry.derive !== undefined))
    return `its base key ${name} has a condition, or is derived itself`;
  const secrecy = new Set(related.map(({ entry }) => entry.sensitive !== false));
  if (secrecy.size > 1) return `policies disagree whether its base key ${name} is sensitive`;
  const isSecret = secrecy.has(true);
  const named = related.filter(({ entry }) => entry.name === name);
  // The policy of the derived key matches, so its entry ends the list.
  const own = named.findIndex((candidate) => candidate.place === place);
  const candidates = own < 0 ? named : named.slice(0, own + 1);
  const isKnown = candidates
    .filter((candidate) => candidate.place !== place)
    .map(({ place: other }) =>
      anyOf([`variables.${surelyMatches(other)}`, not(`variables.${mayMatch(other)}`)]),
    );
  const choose = (of: (one: DeriveEntry) => Cel, otherwise: Cel): Cel =>
    candidates.reduceRight(
      (rest, one) =>
        one.place === place ? of(one) : when(`variables.${surelyMatches(one.place)}`, of(one), rest),
      otherwise,
    );
  const variables: Variable[] = [];
  const define = (letter: string, expression: Cel): Cel => {
    variables.push({ name: `${letter}${id}`, expression });
    return `variables.${letter}${id}`;
  };
  const spellings = [...new Set([name, ...candidates.flatMap((one) => one.spellings)])];
  const key = define(
    'n',
    choose((one) => one.key, quote(name)),
  );
  const value = define('d', valueIn('variables.data', key));
  const oldValue = define('e', valueIn('variables.oldData', key));
  const classes = classesOf(name, isSecret, entries);
  const longest = Math.max(...classes.map((one) => CERTAIN[one].maxLength));
  const text = define('t', decoded(value, longest));
  const oldText = define('q', decoded(oldValue, longest));
  const mail = mailPattern(spellings).map((pattern) => not(`${text}.matches(${quote(pattern)})`));
  return {
    name,
    spellings,
    isSecret,
    classes,
    key,
    value,
    oldValue,
    text,
    oldText,
    isDecided: allOf([
      ...isKnown,
      choose(({ isDecided }) => isDecided, 'true'),
      choose(isUnambiguous, 'true'),
    ]),
    isValid: define(
      'h',
      anyOf([`${value} == ''`, allOf([...classes.map((one) => isOfClass(text, value, one)), ...mail])]),
    ),
    hadSigns: anyOf([`${oldValue} == ''`, allOf(classes.map((one) => hasSignsOf(oldText, one)))]),
    variables,
  };
}

/** One spelling at most is there, so the template follows this one. */
const isUnambiguous = ({ spellings }: DeriveEntry): Cel =>
  spellings.length === 1 ? 'true' : `${listOf(spellings)}.filter(key, key in variables.data).size() <= 1`;

/** A key that is a host in one URL and a user in another must be fit for both. */
function classesOf(name: string, isSecret: boolean, entries: readonly DeriveEntry[]): readonly ValueClass[] {
  const classes = new Set<ValueClass>(isSecret ? ['secret'] : []);
  for (const part of partsOf(name, entries)) {
    if (part === 'host' || part === 'port') classes.add(part);
    else if (!isSecret || part === 'database') classes.add('name');
  }
  if (classes.size === 0) classes.add('name');
  // A port is no name of a file or a word, and needs no further check.
  if (classes.has('port')) classes.delete('name');
  return [...classes];
}

function partsOf(name: string, entries: readonly DeriveEntry[]): ReadonlySet<string> {
  const parts = new Set<string>();
  for (const { entry } of entries)
    for (const [part, expression] of entry.derive?.template.url?.parts ?? [])
      if (referencesOf(expression).some((reference) => reference.name === name)) parts.add(part);
  return parts;
}

/** The key has a name that several systems use, and is not the one that the template names. */
export const isGeneric = ({ key, name, spellings }: BaseKey): Cel => {
  const generic = spellings.filter((spelling) => spelling !== name && GENERIC_KEY.test(spelling));
  return generic.length === 0 ? 'false' : `${key} in ${listOf(generic)}`;
};

/** The names of users and databases in URLs: no password may be built on one. */
export function loginKeysOf(policies: readonly Policy[]): readonly string[] {
  const names = new Set<string>();
  for (const { keys } of policies)
    for (const { derive } of keys)
      for (const [part, expression] of derive?.template.url?.parts ?? [])
        if (part === 'user' || part === 'database')
          for (const { name } of referencesOf(expression)) names.add(name);
  const entries: readonly KeyEntry[] = policies.flatMap(({ keys }) => keys);
  return [...new Set([...names, ...entries.filter(({ name }) => names.has(name)).flatMap(spellingsOf)])];
}
