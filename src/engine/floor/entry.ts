import { inputArtifactOf } from '../evaluation/input-artifact.ts';
import { GENERIC_KEY, SYSTEM_KEYS } from '../policy/generic-login.ts';
import {
  byPrecedence,
  type Condition,
  type Exception,
  isExpired,
  type KeyEntry,
  type Policy,
} from '../policy/policy.ts';
import { Sensitive } from '../secret/sensitive.ts';
import { base64, encodedSize, isAsTyped, isFilled } from './base64.ts';
import { allOf, anyOf, type Cel, listOf, not, quote } from './cel.ts';
import { anyGlobMatches } from './glob.ts';
import { IS_NEW } from './match.ts';

export interface Variable {
  readonly name: string;
  readonly expression: Cel;
}

/** One key of one policy, with the variables that the expressions about it share. */
export interface FloorEntry {
  readonly policy: Policy;
  readonly entry: KeyEntry;
  readonly spellings: readonly string[];
  /** The spelling in use, the value in base64, and the value before: expressions. */
  readonly key: Cel;
  readonly value: Cel;
  /** The Secret has the key. Conditions begin with it, because most keys of most policies are absent. */
  readonly isHeld: Cel;
  /** This policy decides about the key, the request changed it, and no exception permits it. */
  readonly isJudged: Cel;
  /** This policy decides about the key. */
  readonly isOwned: Cel;
  /** No exception permits the value. */
  readonly isRefusable: Cel;
  /** Both. */
  readonly isDecided: Cel;
  readonly isChanged: Cel;
  /** The value before the request, in base64. */
  readonly oldValue: Cel;
  /** lockstep would not change the value before it validates it, and it is no published key of an emulator. */
  readonly isPlain: Cel;
  readonly variables: readonly Variable[];
}

export const spellingsOf = ({ name, aliases }: KeyEntry): readonly string[] => [name, ...aliases];

/** Names of the variables of a policy. `place` is its number in the order of precedence. */
export const mayMatch = (place: number): string => `may${place}`;
export const surelyMatches = (place: number): string => `is${place}`;

/**
 * Policies of higher precedence that may decide about one of the spellings instead. More of them only make the floor
 * more permissive.
 */
function rivalsOf(entry: KeyEntry, policy: Policy, ordered: readonly Policy[]): readonly number[] {
  const own = new Set(spellingsOf(entry));
  return ordered.flatMap((other, place) =>
    byPrecedence(other, policy) < 0 &&
    other.keys.some((one) => spellingsOf(one).some((spelling) => own.has(spelling)))
      ? [place]
      : [],
  );
}

/**
 * A generic key such as `DB_PASSWORD` can belong to the policy of another system, if another key of the Secret names
 * it. The floor does not read that key.
 */
function otherLogins(entry: KeyEntry, policy: Policy, ordered: readonly Policy[], key: Cel): readonly Cel[] {
  const generic = spellingsOf(entry).filter((one) => GENERIC_KEY.test(one));
  const places = ordered.flatMap((other, place) =>
    byPrecedence(other, policy) > 0 &&
    other.match.server !== undefined &&
    other.keys.some((one) => spellingsOf(one).some((spelling) => generic.includes(spelling)))
      ? [`variables.${mayMatch(place)}`]
      : [],
  );
  if (places.length === 0) return [];
  const isGeneric = `${key}.matches(${quote(GENERIC_IN_RE2)})`;
  const isNamed =
    entry.derive === undefined
      ? `variables.${NAMES_SYSTEM.name}`
      : namesSystem(SYSTEM_KEYS.filter((one) => !spellingsOf(entry).includes(one)));
  return [not(allOf([isNamed, isGeneric, anyOf(places)]))];
}

const GENERIC_IN_RE2 = '(?i)^(?:db|database|spring[-_.]datasource)[-_.A-Z]';

function namesSystem(keys: readonly string[]): Cel {
  return `${listOf(keys)}.exists(key, key in variables.data)`;
}

/** A key of the Secret may say that its generic keys belong to another system than PostgreSQL. */
export const NAMES_SYSTEM: Variable = {
  name: 'system',
  expression: namesSystem(SYSTEM_KEYS),
};

export const valueIn = (data: Cel, key: Cel): Cel =>
  `(${key} in ${data} && ${data}[${key}] != null ? string(${data}[${key}]) : '')`;

export interface EntryContext {
  readonly ordered: readonly Policy[];
  readonly now: Date;
}

export function floorEntry(
  entry: KeyEntry,
  policy: Policy,
  id: string,
  { ordered, now }: EntryContext,
): FloorEntry {
  const spellings = spellingsOf(entry);
  const own = (name: string): Cel => `variables.${name}${id}`;
  const variables: Variable[] = [];
  const define = (name: string, expression: Cel): Cel => {
    variables.push({ name: `${name}${id}`, expression });
    return own(name);
  };
  const key = spellings.length === 1 ? quote(entry.name) : define('k', spellingInUse(spellings));
  const value = define('v', valueIn('variables.data', key));
  const oldValue = define('b', valueIn('variables.oldData', key));
  const isPlain = define(
    'a',
    allOf([isAsTyped(value), ...(entry.sensitive === true ? [not(isEmulatorKey(value))] : [])]),
  );
  const isChanged = define(
    'c',
    anyOf([
      IS_NEW,
      `(${key} in variables.data) != (${key} in variables.oldData)`,
      `${value} != ${oldValue}`,
      // A change of the key that the condition reads counts as one of this key.
      ...(entry.when?.spellings ?? []).map(
        (one) => `${valueIn('variables.data', quote(one))} != ${valueIn('variables.oldData', quote(one))}`,
      ),
    ]),
  );
  const isOwned = allOf([
    ...rivalsOf(entry, policy, ordered).map((place) => not(`variables.${mayMatch(place)}`)),
    ...otherLogins(entry, policy, ordered, key),
    ...(entry.when === undefined ? [] : [isMet(entry.when, define('r', conditionValue(entry.when)))]),
  ]);
  const isRefusable = allOf(exceptionsOf(entry, policy, key, now));
  const decided = allOf([isOwned, isRefusable]);
  const isDecided = decided === 'true' ? decided : define('o', decided);
  const isJudged = allOf([isDecided, isChanged]);
  return {
    policy,
    entry,
    spellings,
    key,
    value,
    isHeld: `${key} in variables.data`,
    isChanged,
    isOwned,
    isRefusable,
    isDecided,
    isJudged,
    oldValue,
    isPlain,
    variables,
  };
}

/** The condition surely holds, also if lockstep removes an accident of typing around its value, in base64. */
function isMet({ is, isNot, present }: Condition, value: Cel): Cel {
  if (present === false) return `${value} == ''`;
  if (present === true) return isFilled(value);
  const text = is ?? isNot ?? '';
  if (is !== undefined)
    return text === '' || hasAccident(text) ? 'false' : `${value} == ${quote(base64(text))}`;
  return anyOf([`${value} == ''`, allOf([isAsTyped(value), `${value} != ${quote(base64(text))}`])]);
}

const hasAccident = (text: string): boolean => inputArtifactOf(Sensitive.fromText(text), false) !== undefined;

/** The value of the first spelling that the Secret holds. */
const conditionValue = ({ spellings }: Condition): Cel =>
  `(${listOf(spellings)}.filter(key, key in variables.data).map(key, ${valueIn('variables.data', 'key')}) + [''])[0]`;

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

/** A value with the length of one of them and the beginning of another is left to the engine too. */
const isEmulatorKey = (value: Cel): Cel =>
  `(size(${value}) in [${[...new Set(EMULATOR_KEYS.map(([length]) => encodedSize(length)))].join(', ')}] && ` +
  `${value}.substring(0, 4) in ${listOf(EMULATOR_KEYS.map(([, begin]) => base64(begin)))})`;

/** The value may be one of them in quotes. */
export const mayBeQuotedEmulatorKey = (value: Cel): Cel => {
  const begins = EMULATOR_KEYS.flatMap(([, begin]) => ['', '"', "'"].map((quoted) => `${quoted}${begin}`));
  const twoQuotes = ['""', `"'`, `'"`, "''"].map((text) => base64(text).slice(0, 3));
  return `${value}.matches(${quote(`^(?:${[...begins.map((text) => base64(text).slice(0, 4)), ...twoQuotes].join('|')})`)})`;
};

/** The spelling that the Secret holds, else the one that it held before, else the name. */
const spellingInUse = (spellings: readonly string[]): Cel =>
  `[${listOf(spellings)}].map(all, all.filter(key, key in variables.data) + all.filter(key, key in variables.oldData) + all)[0][0]`;

/**
 * CEL has no clock. The API server sets the creation time of a new object itself, so the end of an exception is known
 * there. On an update the exception holds until the floor is generated again.
 */
function exceptionsOf(entry: KeyEntry, policy: Policy, key: Cel, now: Date): readonly Cel[] {
  const spellings = spellingsOf(entry);
  return policy.exceptions
    .filter((exception) => !isExpired(exception, now) && spellings.some((one) => exception.keys.has(one)))
    .map((exception) =>
      not(
        allOf([
          ...(exception.keys.has(entry.name)
            ? []
            : [`${key} in ${listOf(spellings.filter((one) => exception.keys.has(one)))}`]),
          anyGlobMatches([exception.namespace], 'request.namespace'),
          anyGlobMatches([exception.name], 'variables.secret.metadata.name'),
          not(
            allOf([
              IS_NEW,
              `string(variables.secret.metadata.creationTimestamp) >= ${quote(dayAfter(exception))}`,
            ]),
          ),
        ]),
      ),
    );
}

function dayAfter({ until }: Exception): string {
  const day = new Date(`${until}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + 1);
  return day.toISOString().slice(0, 10);
}
