import { byPrecedence, type Exception, isExpired, type KeyEntry, type Policy } from '../policy/policy.ts';
import { isAsTyped } from './base64.ts';
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
  /** This policy decides about the key, the request changed it, and no exception permits it. */
  readonly isJudged: Cel;
  /** The same without the change. */
  readonly isDecided: Cel;
  readonly isChanged: Cel;
  /** The value before the request, in base64. */
  readonly oldValue: Cel;
  /** lockstep would not change the value before it validates it. */
  readonly isAsTyped: Cel;
  /** The value without a line break at its end, in base64. Empty for a value that is too long for a placeholder. */
  readonly short: Cel;
  /** The finding that the value is a placeholder, or an empty text. */
  readonly placeholder: Cel;
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
  const asTyped = define('a', isAsTyped(value));
  const isChanged = define(
    'c',
    anyOf([IS_NEW, `(${key} in variables.data) != (${key} in variables.oldData)`, `${value} != ${oldValue}`]),
  );
  const isDecided = define(
    'o',
    allOf([
      ...rivalsOf(entry, policy, ordered).map((place) => not(`variables.${mayMatch(place)}`)),
      ...exceptionsOf(entry, policy, key, now),
    ]),
  );
  const isJudged = allOf([isDecided, isChanged]);
  return {
    policy,
    entry,
    spellings,
    key,
    value,
    isChanged,
    isDecided,
    isJudged,
    oldValue,
    isAsTyped: asTyped,
    short: own('s'),
    placeholder: `${own('p')}[0]`,
    variables,
  };
}

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
