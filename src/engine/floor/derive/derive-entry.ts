import { isExpired, type KeyEntry, type Policy } from '../../policy/policy.ts';
import { allOf, type Cel, listOf, not, quote } from '../cel.ts';
import { mayMatch, rivalsOf, spellingInUse, spellingsOf, type Variable, valueIn } from '../entry.ts';
import { anyGlobMatches } from '../glob.ts';

/** One key of one policy, with the variables that the expressions about it share. */
export interface DeriveEntry {
  readonly policy: Policy;
  /** The place of the policy in the order of precedence. */
  readonly place: number;
  readonly entry: KeyEntry;
  readonly spellings: readonly string[];
  /** The spelling in use, the value in base64, and the value before: expressions. */
  readonly key: Cel;
  readonly value: Cel;
  readonly oldValue: Cel;
  /** This policy decides about the key, and no exception permits it. */
  readonly isDecided: Cel;
  readonly variables: readonly Variable[];
}

/** The entries of all policies, highest precedence first. */
export const deriveEntries = (ordered: readonly Policy[], now: Date): readonly DeriveEntry[] =>
  ordered.flatMap((policy, place) =>
    policy.keys.map((entry, index) => deriveEntry(entry, policy, place, `${place}_${index}`, ordered, now)),
  );

function deriveEntry(
  entry: KeyEntry,
  policy: Policy,
  place: number,
  id: string,
  ordered: readonly Policy[],
  now: Date,
): DeriveEntry {
  const spellings = spellingsOf(entry);
  const variables: Variable[] = [];
  const define = (letter: string, expression: Cel): Cel => {
    variables.push({ name: `${letter}${id}`, expression });
    return `variables.${letter}${id}`;
  };
  const key = spellings.length === 1 ? quote(entry.name) : define('k', spellingInUse(spellings));
  return {
    policy,
    place,
    entry,
    spellings,
    key,
    value: define('v', valueIn('variables.data', key)),
    oldValue: define('b', valueIn('variables.oldData', key)),
    isDecided: define(
      'o',
      allOf([
        ...rivalsOf(entry, policy, ordered).map((rival) => not(`variables.${mayMatch(rival)}`)),
        ...exceptionsOf(entry, policy, key, now),
      ]),
    ),
    variables,
  };
}

/** CEL has no clock, so an exception holds until these objects are generated again. */
const exceptionsOf = (entry: KeyEntry, { exceptions }: Policy, key: Cel, now: Date): readonly Cel[] =>
  exceptions
    .filter((exception) => !isExpired(exception, now))
    .flatMap(({ keys, namespace, name }) => {
      const excepted = spellingsOf(entry).filter((spelling) => keys.has(spelling) || keys.has(entry.name));
      return excepted.length === 0
        ? []
        : [
            not(
              allOf([
                `${key} in ${listOf(excepted)}`,
                anyGlobMatches([namespace], 'request.namespace'),
                anyGlobMatches([name], SECRET_NAME),
              ]),
            ),
          ];
    });

/** While the API server mutates a Secret with `generateName`, it has no name yet. */
export const SECRET_NAME: Cel = 'variables.name';

export const NAME: Variable = {
  name: 'name',
  expression:
    "has(object.metadata.name) && object.metadata.name != '' ? object.metadata.name : " +
    "(has(object.metadata.generateName) ? object.metadata.generateName : '') + 'xxxxx'",
};
