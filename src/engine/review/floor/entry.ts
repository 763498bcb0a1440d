import { GENERIC_KEY, SYSTEM_KEYS } from '../../policy/match/generic-login.ts';
import {
  byPrecedence,
  type Condition,
  type Exception,
  isExpired,
  type KeyEntry,
  type Policy,
  spellingsOf,
} from '../../policy/policy.ts';
import { Sensitive } from '../../secret/sensitive.ts';
import { inputArtifactOf } from '../evaluation/input-artifact.ts';
import { base64, isAsTyped, isFilled } from './base64.ts';
import { allOf, anyGlobMatches, anyOf, type Cel, listOf, not, quote, type Variable } from './cel.ts';
import { IS_NEW, mayMatch } from './match.ts';

/** One key of one policy, with the variables that the expressions about it share. */
export interface FloorEntry {
  /** The number of the policy in the order of precedence. */
  readonly place: number;
  readonly policy: Policy;
  readonly entry: KeyEntry;
  readonly spellings: readonly string[];
  /** The spelling in use, the value in base64, and the value before: expressions. */
  readonly key: Cel;
  readonly value: Cel;
  readonly oldValue: Cel;
  /** The Secret has the key. Conditions begin with it, because most keys of most policies are absent. */
  readonly isHeld: Cel;
  /** This policy decides about the key, the request changed it, and no exception permits it. */
  readonly isChecked: Cel;
  /** lockstep would not change the value before it validates it, and it is no published key of an emulator. */
  readonly isPlain: Cel;
  readonly variables: readonly Variable[];
}

export const valueIn = (data: Cel, key: Cel): Cel =>
  `(${key} in ${data} && ${data}[${key}] != null ? string(${data}[${key}]) : '')`;

export interface EntryContext {
  /** Highest precedence first. */
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
  const variables: Variable[] = [];
  const define = (letter: string, expression: Cel): Cel => {
    variables.push({ name: `${letter}${id}`, expression });
    return `variables.${letter}${id}`;
  };
  const key = spellings.length === 1 ? quote(entry.name) : define('k', spellingInUse(spellings));
  const value = define('v', valueIn('variables.data', key));
  const oldValue = define('b', valueIn('variables.oldData', key));
  const isPlain = define(
    'a',
    allOf([isAsTyped(value), ...(entry.sensitive === true ? [not(beginsLikeEmulatorKey(value))] : [])]),
  );
  const isChanged = anyOf([
    IS_NEW,
    `(${key} in variables.data) != (${key} in variables.oldData)`,
    `${value} != ${oldValue}`,
    // A change of the key that the condition reads counts as one of this key.
    ...(entry.when?.spellings ?? []).map(
      (one) => `${valueIn('variables.data', quote(one))} != ${valueIn('variables.oldData', quote(one))}`,
    ),
  ]);
  const isChecked = define(
    'c',
    allOf([
      isChanged,
      ...competitorsOf(entry, policy, ordered).map((place) => not(mayMatch(place))),
      ...otherLogins(entry, policy, ordered, key),
      ...(entry.when === undefined ? [] : [isMet(entry.when, define('r', conditionValue(entry.when)))]),
      ...exceptionsOf(entry, policy, key, now),
    ]),
  );
  const isHeld = `${key} in variables.data`;
  const place = ordered.indexOf(policy);
  return { place, policy, entry, spellings, key, value, oldValue, isHeld, isChecked, isPlain, variables };
}

/** The spelling that the Secret holds, else the one that it held before, else the name. */
const spellingInUse = (spellings: readonly string[]): Cel =>
  `[${listOf(spellings)}].map(all, all.filter(key, key in variables.data) + all.filter(key, key in variables.oldData) + all)[0][0]`;

/**
 * Policies of higher precedence that may decide about one of the spellings instead. More of them only make the floor
 * more permissive.
 */
function competitorsOf(entry: KeyEntry, policy: Policy, ordered: readonly Policy[]): readonly number[] {
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
      ? [mayMatch(place)]
      : [],
  );
  if (places.length === 0) return [];
  return [
    not(allOf([`variables.${NAMES_SYSTEM.name}`, `${key}.matches(${quote(GENERIC_IN_RE2)})`, anyOf(places)])),
  ];
}

const GENERIC_IN_RE2 = '(?i)^(?:db|database|spring[-_.]datasource)[-_.A-Z]';

/** A key of the Secret may say that its generic keys belong to another system than PostgreSQL. */
export const NAMES_SYSTEM: Variable = {
  name: 'system',
  expression: `${listOf(SYSTEM_KEYS)}.exists(key, key in variables.data)`,
};

/** The condition surely holds, also if lockstep removes quotes or a line break around its value, in base64. */
function isMet({ is, isNot, present }: Condition, value: Cel): Cel {
  if (present === false) return `${value} == ''`;
  if (present === true) return isFilled(value);
  const text = is ?? isNot ?? '';
  if (is !== undefined)
    return text === '' || isCorrected(text) ? 'false' : `${value} == ${quote(base64(text))}`;
  return anyOf([`${value} == ''`, allOf([isAsTyped(value), `${value} != ${quote(base64(text))}`])]);
}

const isCorrected = (text: string): boolean => inputArtifactOf(Sensitive.fromText(text), false) !== undefined;

/** The value of the first spelling that the Secret holds. */
const conditionValue = ({ spellings }: Condition): Cel =>
  `(${listOf(spellings)}.filter(key, key in variables.data).map(key, ${valueIn('variables.data', 'key')}) + [''])[0]`;

/**
 * The first characters of the published keys of emulators. The engine only warns about them, and asks nothing else.
 * The floor leaves each value with such a beginning to the engine.
 *
 * @internal Exported for tests.
 */
export const EMULATOR_BEGINNINGS: readonly string[] = ['Q3A', 'zuf', 'Eby', 'C2y'];

/** Three characters are four digits in base64. */
export const beginsLikeEmulatorKey = (value: Cel): Cel =>
  `${value}.matches(${quote(`^(?:${EMULATOR_BEGINNINGS.map(base64).join('|')})`)})`;

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
