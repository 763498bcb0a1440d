import { byPrecedence, type Policy } from '../policy.ts';
import { Overlaps } from './overlap.ts';

/**
 * Two policies that derive one URL for different systems, and may select the same Secret. The policy of the URL's
 * scheme decides. Without a URL, the precedence does, and then the first name in the alphabet.
 */
export interface SystemConflict {
  readonly key: string;
  /** The policy that decides without a URL. */
  readonly first: PolicyOfSystem;
  readonly second: PolicyOfSystem;
}

interface PolicyOfSystem {
  readonly name: string;
  readonly system: string;
}

/** For each policy the first conflict, by the policy's name. */
export function systemConflictsAmong(policies: readonly Policy[]): ReadonlyMap<string, SystemConflict> {
  const found = new Map<string, SystemConflict>();
  const overlaps = new Overlaps();
  for (const [key, urls] of Map.groupBy(policies.toSorted(byPrecedence).flatMap(urlsOf), ({ key }) => key)) {
    for (const [index, second] of urls.entries()) {
      if (found.has(second.policy.name)) continue;
      const first = urls
        .slice(0, index)
        .find(
          (one) => one.system !== second.system && overlaps.mayOverlap(one.policy.match, second.policy.match),
        );
      if (first === undefined) continue;
      const conflict = { key, first: ofSystem(first), second: ofSystem(second) };
      found.set(second.policy.name, conflict);
      if (!found.has(first.policy.name)) found.set(first.policy.name, conflict);
    }
  }
  return found;
}

interface DerivedUrl {
  readonly key: string;
  readonly system: string;
  readonly policy: Policy;
}

/** One for each spelling of a derived URL. */
const urlsOf = (policy: Policy): readonly DerivedUrl[] =>
  policy.keys.flatMap(({ name, aliases, derive }) => {
    const system = derive?.exact === false ? derive.template.url?.system : undefined;
    return system === undefined ? [] : [name, ...aliases].map((key) => ({ key, system, policy }));
  });

const ofSystem = ({ policy: { name }, system }: DerivedUrl): PolicyOfSystem => ({ name, system });
