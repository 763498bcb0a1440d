import { byPrecedence, type KeyEntry, type Policy, spellingsOf } from '../policy.ts';
import type { MatchSpec } from '../schema/schema.ts';
import { Overlaps } from './overlap.ts';

/**
 * Two policies of equal precedence that name the same key, and may select the same Secret. The first name in the
 * alphabet decides.
 */
export interface Tie {
  readonly winner: string;
  readonly loser: string;
  /** The name of the key in the policy that loses. */
  readonly key: string;
}

/** For each policy at most one tie that it wins and one that it loses, by the policy's name. */
export function tiesAmong(policies: readonly Policy[]): ReadonlyMap<string, readonly Tie[]> {
  const overlaps = new Overlaps();
  const won = new Map<string, Tie>();
  const lost = new Map<string, Tie>();
  for (const rivals of Map.groupBy(policies, ({ precedence }) => precedence).values()) {
    const sorted = contenders(rivals);
    for (const [index, second] of sorted.entries()) {
      for (const [earlier, first] of sorted.entries()) {
        if (earlier === index) break;
        if (lost.has(second.name) && won.has(first.name)) continue;
        if (!overlaps.mayOverlap(first.match, second.match)) continue;
        const key = second.keys.find((one) => isDecidedByName(one, first))?.name;
        if (key === undefined) continue;
        const tie = { winner: first.name, loser: second.name, key };
        if (!won.has(tie.winner)) won.set(tie.winner, tie);
        if (!lost.has(tie.loser)) lost.set(tie.loser, tie);
      }
    }
  }
  const found = new Map<string, Tie[]>();
  for (const [name, tie] of [...won, ...lost]) found.set(name, [...(found.get(name) ?? []), tie]);
  return found;
}

/** A policy, prepared for many comparisons: only those of its keys that another policy names too. */
interface Contender {
  readonly name: string;
  readonly match: MatchSpec;
  readonly keys: readonly ContendedKey[];
  /** The system of its URL, by each alias of its keys. Undefined for a key without one. */
  readonly systems: ReadonlyMap<string, string | undefined>;
}

interface ContendedKey {
  readonly name: string;
  readonly spellings: readonly string[];
  readonly system: string | undefined;
}

/** The scheme of the value decides between URLs of two systems: see `systemConflictsAmong`. */
const isDecidedByName = ({ spellings, system }: ContendedKey, { systems }: Contender): boolean =>
  spellings.some((spelling) => {
    const other = systems.get(spelling);
    return systems.has(spelling) && (system === undefined || other === undefined || system === other);
  });

/** In order of precedence. Policies whose keys no other policy names are left out, and are not compared. */
function contenders(rivals: readonly Policy[]): readonly Contender[] {
  const holders = new Map<string, number>();
  for (const spelling of rivals.flatMap(({ keys }) => keys.flatMap(spellingsOf)))
    holders.set(spelling, (holders.get(spelling) ?? 0) + 1);
  const isShared = (spelling: string): boolean => (holders.get(spelling) ?? 0) > 1;
  return rivals.toSorted(byPrecedence).flatMap(({ name, match, keys: all }) => {
    const keys = all
      .map((key) => ({ name: key.name, spellings: spellingsOf(key), system: systemOf(key) }))
      .filter(({ spellings }) => spellings.some(isShared));
    if (keys.length === 0) return [];
    const systems = new Map(
      keys.flatMap(({ spellings, system }) => spellings.map((spelling) => [spelling, system] as const)),
    );
    return [{ name, match, keys, systems }];
  });
}

const systemOf = ({ derive }: KeyEntry): string | undefined =>
  derive?.exact === false ? derive.template.url?.system : undefined;
