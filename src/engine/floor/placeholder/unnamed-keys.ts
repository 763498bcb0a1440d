import { byPrecedence, isExpired, type KeyEntry, type Policy } from '../../policy/policy.ts';
import { encodedSize } from '../base64.ts';
import { allOf, anyOf, type Cel, listOf, not, when } from '../cel.ts';
import { mayMatch, spellingsOf, surelyMatches, type Variable } from '../entry.ts';
import { anyGlobMatches } from '../glob.ts';
import { IS_NEW } from '../match.ts';
import { mayBePlaceholder } from './beginnings.ts';
import { MAX_PATTERN_BYTES } from './patterns.ts';

/** The API server limits the cost of a loop. A Secret with more keys is not asked for keys without a name. */
const MAX_KEYS = 1000;
/** So many names can be looked up for each key in one expression, and in all together. */
const MAX_NAMES = 500;
const MAX_LOOKUPS = 3_000_000;

/**
 * The keys that no policy names, with values that this request set and that may be placeholders. The last variable is
 * the list of keys. `isAlways` says that the policy at this place may select each Secret.
 */
export function unnamedKeys(
  policy: Policy,
  ordered: readonly Policy[],
  now: Date,
  isAlways: (place: number) => boolean,
): readonly Variable[] {
  const place = ordered.indexOf(policy);
  const named = namesByCondition(ordered, isAlways);
  const count = named.reduce((sum, { names }) => sum + names.length, 0);
  const exceptions = policy.exceptions
    .filter((one) => !isExpired(one, now))
    .map(({ keys, namespace, name }) =>
      not(
        allOf([
          `key in ${listOf(keys)}`,
          anyGlobMatches([namespace], 'request.namespace'),
          anyGlobMatches([name], 'variables.secret.metadata.name'),
        ]),
      ),
    );
  const isAsked = allOf([
    `variables.${surelyMatches(place)}`,
    ...rivalsForUnnamed(policy, ordered),
    `size(variables.data) <= ${Math.min(MAX_KEYS, Math.floor(MAX_LOOKUPS / Math.max(1, count)))}`,
  ]);
  const isNew = anyOf([
    IS_NEW,
    '!(key in variables.oldData)',
    'variables.oldData[key] != variables.data[key]',
  ]);
  const conditions = allOf([
    'variables.data[key] != null',
    "variables.data[key] != ''",
    `size(variables.data[key]) <= ${MAX_ENCODED}`,
    mayBePlaceholder('variables.data[key]', 'any'),
    isNew,
    ...exceptions,
  ]);
  const variables: Variable[] = [
    { name: `set${place}`, expression: when(isAsked, `variables.data.filter(key, ${conditions})`, '[]') },
  ];
  named.forEach(({ isAsked: isNamed, names }) => {
    const before = `variables.${variables.at(-1)!.name}`;
    variables.push({
      name: `set${place}_${variables.length}`,
      expression: `${before}.filter(key, ${not(allOf([isNamed, `key in ${listOf(names)}`]))})`,
    });
  });
  return variables;
}

interface NamedKeys {
  readonly isAsked: Cel;
  readonly names: readonly string[];
}

/** Names in lists of at most `MAX_NAMES`. A name that always has a policy is in no list of another condition. */
function namesByCondition(
  ordered: readonly Policy[],
  isAlways: (place: number) => boolean,
): readonly NamedKeys[] {
  const always = new Set(ordered.flatMap((one, place) => (isAlways(place) ? namesOf(one) : [])));
  const lists: NamedKeys[] = [];
  const add = (isAsked: Cel, names: readonly string[]): void => {
    for (let from = 0; from < names.length; from += MAX_NAMES)
      lists.push({ isAsked, names: names.slice(from, from + MAX_NAMES) });
  };
  add('true', [...always]);
  ordered.forEach((one, place) => {
    if (isAlways(place)) return;
    add(
      `variables.${mayMatch(place)}`,
      namesOf(one).filter((name) => !always.has(name)),
    );
  });
  return lists;
}

const MAX_ENCODED = encodedSize(MAX_PATTERN_BYTES);

/** Every name and spelling that the policy may decide about. */
function namesOf({ keys }: Policy): readonly string[] {
  const names = keys.flatMap((entry: KeyEntry) => [
    ...spellingsOf(entry),
    ...(entry.derive?.baseNames ?? []),
    ...(entry.rotate?.previousKey === undefined ? [] : [entry.rotate.previousKey]),
  ]);
  return [...new Set(names)];
}

/** Another policy of higher precedence has the entry for such keys. */
const rivalsForUnnamed = (policy: Policy, ordered: readonly Policy[]): readonly Cel[] =>
  ordered.flatMap((other, place) =>
    other.defaultEntry !== undefined && byPrecedence(other, policy) < 0
      ? [not(`variables.${mayMatch(place)}`)]
      : [],
  );
