import { releaseParts } from '../../engine/policy/compile/compilation.ts';
import type { PolicyCompilation, PolicyResource } from '../../engine/policy/compile/compile.ts';
import { fitTogether, isAtMost, NO_COST, sumOf, TOO_COSTLY_TOGETHER } from '../../engine/policy/cost.ts';
import { byPrecedence, type Policy } from '../../engine/policy/policy.ts';
import type { Problem } from '../../engine/policy/schema/problem.ts';

/** The result of compiling a SecretPolicy. */
export interface PolicyState {
  /** As last seen, without its document, to save memory. */
  readonly stored: Omit<PolicyResource, 'document'>;
  /** The reasons why it can't be used. Empty if it can. */
  readonly problems: readonly Problem[];
  /**
   * The policy in effect: this version, or the last valid one. Undefined if there was no valid one since lockstep
   * started.
   */
  readonly policy: Policy | undefined;
}

export interface PolicyStore {
  /** Replaces all SecretPolicies. Returns those with a new generation. */
  readonly replace: (all: readonly PolicyResource[]) => readonly PolicyState[];
  /** Undefined if the generation is not new, as after a change of the status or the labels. */
  readonly upsert: (object: PolicyResource) => PolicyState | undefined;
  readonly remove: (name: string) => void;
  /** Whether the policy fits into the budget of all. A version that costs no more than the last one always does. */
  readonly hasRoomFor: (policy: Policy) => boolean;
  /** The policies in effect. A valid policy of the cluster replaces the policy of the same name from a file. */
  readonly policies: () => readonly Policy[];
  /** Ordered by name. */
  readonly states: () => readonly PolicyState[];
}

interface Entry {
  readonly stored: Omit<PolicyResource, 'document'>;
  readonly compiled: PolicyCompilation;
  /** The version in effect before this one, until this one is in effect. */
  before: Policy | undefined;
}

/**
 * `files` holds the policies with which lockstep was started. Each generation of a SecretPolicy is compiled once.
 *
 * All policies together have a budget. The oldest policies come first, so a new one never replaces them, and all
 * replicas leave out the same ones.
 */
export function policyStore(
  files: readonly Policy[],
  compile: (document: unknown) => PolicyCompilation,
): PolicyStore {
  const ofFiles = files.map(({ cost }) => cost).reduce(sumOf, NO_COST);
  const entries = new Map<string, Entry>();
  let states = new Map<string, PolicyState>();
  /** Listed on demand, so that a hundred changes at once cost one list. */
  let active: readonly Policy[] | undefined;

  /** Returns whether the generation is new. */
  function compileIfChanged(object: PolicyResource): boolean {
    const { document, ...stored } = object;
    const known = entries.get(object.name);
    const last = known?.stored.uid === object.uid ? known : undefined;
    if (last?.stored.generation === object.generation) {
      entries.set(object.name, { ...last, stored });
      return false;
    }
    const before = last === undefined ? undefined : states.get(object.name)?.policy;
    entries.set(object.name, { stored, compiled: compile(document), before });
    return true;
  }

  function settle(): void {
    let total = ofFiles;
    const settled = (entry: Entry): PolicyState => {
      const { stored, compiled, before } = entry;
      if ('problems' in compiled) return { stored, problems: compiled.problems, policy: before };
      const { policy } = compiled;
      const withThis = sumOf(total, policy.cost);
      if (!fitTogether(withThis)) {
        releaseParts(policy);
        return { stored, problems: [TOO_COSTLY_TOGETHER], policy: before };
      }
      total = withThis;
      entry.before = undefined;
      return { stored, problems: [], policy };
    };
    const ordered = [...entries.values()].sort(byAge);
    states = new Map(ordered.map((entry) => [entry.stored.name, settled(entry)]));
  }

  const stateOf = (name: string): PolicyState => states.get(name) as PolicyState;

  return {
    replace: (all) => {
      const names = new Set(all.map(({ name }) => name));
      const removed = [...entries.keys()].filter((name) => !names.has(name));
      for (const name of removed) entries.delete(name);
      const changed = all.filter(compileIfChanged);
      settle();
      // A watch that restarts reports all objects again.
      if (changed.length > 0 || removed.length > 0) active = undefined;
      return changed.map(({ name }) => stateOf(name));
    },
    upsert: (object) => {
      const isNew = compileIfChanged(object);
      settle();
      if (!isNew) return undefined;
      active = undefined;
      return stateOf(object.name);
    },
    remove: (name) => {
      if (!entries.delete(name)) return;
      settle();
      active = undefined;
    },
    hasRoomFor: ({ name, cost }) => {
      const own = states.get(name)?.policy?.cost ?? NO_COST;
      if (isAtMost(cost, own)) return true;
      const others = [...states.values()].flatMap(({ stored, policy }) =>
        stored.name === name || policy === undefined ? [] : [policy.cost],
      );
      return fitTogether([cost, ...others].reduce(sumOf, ofFiles));
    },
    policies: () => {
      active ??= activePolicies(files, states.values());
      return active;
    },
    states: () => [...states.values()].sort((a, b) => (a.stored.name < b.stored.name ? -1 : 1)),
  };
}

function byAge({ stored: a }: Pick<Entry, 'stored'>, { stored: b }: Pick<Entry, 'stored'>): number {
  const [ofA, ofB] = [a.createdAt ?? '', b.createdAt ?? ''];
  if (ofA !== ofB) return ofA < ofB ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

function activePolicies(
  files: readonly Policy[],
  states: Iterable<{ readonly policy: Policy | undefined }>,
): readonly Policy[] {
  const byName = new Map(files.map((policy) => [policy.name, policy]));
  for (const { policy } of states) {
    if (policy !== undefined) byName.set(policy.name, policy);
  }
  return [...byName.values()].sort(byPrecedence);
}
