import { policySuffix } from '../finding/finding.ts';
import { byPrecedence, isExpired, type KeyEntry, type Policy } from '../policy/policy.ts';
import { allOf, anyOf, type Cel, listOf, not, quote, when } from './cel.ts';
import { mayMatch, spellingsOf, surelyMatches, type Variable } from './entry.ts';
import { anyGlobMatches } from './glob.ts';
import { IS_NEW } from './match.ts';
import { foundIn } from './placeholder.ts';

/** The API server limits the cost of a loop. A Secret with more keys is not asked for keys without a name. */
const MAX_KEYS = 1000;

/** The keys that no policy names, with values that this request set. */
export function unnamedKeys(policy: Policy, ordered: readonly Policy[], now: Date): Variable {
  const isNamed = ordered.flatMap((one, place) => {
    const names = namesOf(one);
    return names.length === 0 ? [] : [`(variables.${mayMatch(place)} && key in ${listOf(names)})`];
  });
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
  const conditions = allOf([
    'variables.data[key] != null',
    "variables.data[key] != ''",
    `size(variables.data[key]) <= ${MAX_ENCODED}`,
    not(anyOf(isNamed)),
    ...exceptions,
    anyOf([IS_NEW, '!(key in variables.oldData)', 'variables.oldData[key] != variables.data[key]']),
  ]);
  const isAsked = allOf([
    `variables.${surelyMatches(ordered.indexOf(policy))}`,
    ...rivalsForUnnamed(policy, ordered),
    `size(variables.data) <= ${MAX_KEYS}`,
  ]);
  return {
    name: unnamedName(policy, ordered),
    expression: when(isAsked, `variables.data.filter(key, ${conditions})`, '[]'),
  };
}

const unnamedName = (policy: Policy, ordered: readonly Policy[]): string =>
  `unnamed${ordered.indexOf(policy)}`;

/** The values of these keys. */
export const unnamedValues = (policy: Policy, ordered: readonly Policy[]): Cel =>
  `variables.${unnamedName(policy, ordered)}.map(key, string(variables.data[key]))`;

const MAX_ENCODED = 128;

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

/** The findings about such keys. */
export const unnamedFindings = (policy: Policy, ordered: readonly Policy[]): Cel =>
  `variables.${unnamedName(policy, ordered)}.map(key, ${foundIn('any')}.filter(found, found[0] == variables.data[key])` +
  `.map(found, 'data[' + key + ']: ' + found[1] + (found[2] == '' ? 'set the real value' : found[2]) + ${quote(policySuffix(policy.name))}))` +
  '.filter(all, size(all) > 0).map(all, all[0])';
