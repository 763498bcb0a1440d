import { globMatches } from './glob.ts';
import type { LabelSelector } from './label-selector.ts';
import type { MatchSpec } from './policy/schema.ts';
import { byPrecedence, type Policy } from './policy.ts';

/** Two policies of one precedence that both name a key, and may both mean a Secret: the name first in the alphabet decides. */
export interface Tie {
  readonly winner: string;
  readonly loser: string;
  /** By the loser's name of it. */
  readonly key: string;
}

/** For each policy at most one tie that it wins and one that it loses; by the policy's name. */
export function tiesAmong(policies: readonly Policy[]): ReadonlyMap<string, readonly Tie[]> {
  const won = new Map<string, Tie>();
  const lost = new Map<string, Tie>();
  for (const rivals of Map.groupBy(policies, ({ precedence }) => precedence).values()) {
    const sorted = rivals.toSorted(byPrecedence).map((policy) => ({ policy, names: namesIn(policy) }));
    for (const [index, second] of sorted.entries()) {
      for (const [earlier, first] of sorted.entries()) {
        if (earlier === index) break;
        if (lost.has(second.policy.name) && won.has(first.policy.name)) continue;
        const key = sharedKey(first.names, second.policy);
        if (key === undefined || !mayMeet(first.policy.match, second.policy.match)) continue;
        const tie = { winner: first.policy.name, loser: second.policy.name, key };
        if (!won.has(tie.winner)) won.set(tie.winner, tie);
        if (!lost.has(tie.loser)) lost.set(tie.loser, tie);
      }
    }
  }
  const found = new Map<string, Tie[]>();
  for (const [name, tie] of [...won, ...lost]) found.set(name, [...(found.get(name) ?? []), tie]);
  return found;
}

const namesIn = ({ keys }: Policy): ReadonlySet<string> =>
  new Set(keys.flatMap(({ name, aliases }) => [name, ...aliases]));

const sharedKey = (names: ReadonlySet<string>, { keys }: Policy): string | undefined =>
  keys.find(({ name, aliases }) => names.has(name) || aliases.some((alias) => names.has(alias)))?.name;

/** False only where no Secret can have what both ask for. Of two globs with stars that is not always told. */
export function mayMeet(a: MatchSpec, b: MatchSpec): boolean {
  return (
    listsMeet(a.names, b.names) &&
    listsMeet(a.namespaces, b.namespaces) &&
    listsMeet(a.types, b.types) &&
    labelsMeet(a.labelSelector, b.labelSelector) &&
    labelsMeet(a.namespaceSelector, b.namespaceSelector)
  );
}

function listsMeet(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === undefined || b === undefined || a.some((one) => b.some((other) => globsMeet(one, other)));
}

function globsMeet(a: string, b: string): boolean {
  if (!isGlob(a)) return isGlob(b) ? globMatches(b, a) : a === b;
  if (!isGlob(b)) return globMatches(a, b);
  return agree(beginningOf(a), beginningOf(b)) && agree(endOf(a), endOf(b));
}

const isGlob = (text: string): boolean => /[*?]/.test(text);
const beginningOf = (glob: string): string => glob.slice(0, glob.search(/[*?]/));
/** Turned round, so that ends are compared as beginnings are. */
const endOf = (glob: string): string => beginningOf([...glob].reverse().join(''));
const agree = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a);

/** Whether one set of labels can meet both; looked at one by one, what is required of each key. */
function labelsMeet(a: LabelSelector | undefined, b: LabelSelector | undefined): boolean {
  if (a === undefined || b === undefined) return true;
  const allowed = allowedBy(a);
  return [...allowedBy(b)].every(([key, values]) => {
    const others = allowed.get(key);
    return others === undefined || [...values].some((value) => others.has(value));
  });
}

/** Values that a label must have one of; keys that may have any value or none are left out. */
function allowedBy({
  matchLabels = {},
  matchExpressions = [],
}: LabelSelector): ReadonlyMap<string, ReadonlySet<string>> {
  const named = Object.entries(matchLabels).map(([key, value]) => [key, new Set([value])] as const);
  const listed = matchExpressions
    .filter(({ operator }) => operator === 'In')
    .map(({ key, values = [] }) => [key, new Set(values)] as const);
  return new Map([...listed, ...named]);
}
