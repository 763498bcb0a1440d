import type { PolicyCompilation } from '../../engine/policy/compile/compile.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import type { Problem } from '../../engine/policy/schema/problem.ts';
import { type PolicySet, policySet } from '../../engine/policy/set.ts';

/** A SecretPolicy of the cluster. */
export interface PolicyObject {
  readonly name: string;
  /** Of a policy that was deleted and made again it is another. */
  readonly uid: string;
  /** Counts the changes of what it says. */
  readonly generation: number;
  readonly document: unknown;
}

/** What became of a SecretPolicy. */
export interface PolicyState<Stored extends PolicyObject> {
  /** As last seen, without its document, which is not kept. */
  readonly stored: Omit<Stored, 'document'>;
  /** Why it can't be used; empty where it can. */
  readonly problems: readonly Problem[];
  /** What is in force of it: this version, or the last one that could be used; undefined where there was none since lockstep started. */
  readonly policy: Policy | undefined;
}

export interface PolicyStore<Stored extends PolicyObject> {
  /** These are all that there are. Returns those whose generation is new. */
  readonly replace: (all: readonly Stored[]) => readonly PolicyState<Stored>[];
  /** Returns undefined where the generation is not new: only its status, its labels or the like are. */
  readonly upsert: (one: Stored) => PolicyState<Stored> | undefined;
  readonly remove: (name: string) => void;
  /** What is in force: of one name the cluster's policy, where it can be used, in place of that from a file. */
  readonly policies: () => PolicySet;
  /** Of every SecretPolicy, by name. */
  readonly states: () => readonly PolicyState<Stored>[];
}

/** `files`: the policies that lockstep was started with. Each generation of a SecretPolicy is compiled once. */
export function policyStore<Stored extends PolicyObject>(
  files: readonly Policy[],
  compile: (document: unknown) => PolicyCompilation,
): PolicyStore<Stored> {
  let states = new Map<string, PolicyState<Stored>>();
  /** Made when it is next asked for, so that a hundred changes at once cost one index. */
  let set: PolicySet | undefined;

  function compileIfChanged(
    one: Stored,
    before: PolicyState<Stored> | undefined,
  ): { verdict: PolicyState<Stored>; isNew: boolean } {
    const { document, ...stored } = one;
    const last = before?.stored.uid === one.uid ? before : undefined;
    if (last?.stored.generation === one.generation) return { verdict: { ...last, stored }, isNew: false };
    const compiled = compile(document);
    const state =
      'policy' in compiled
        ? { stored, problems: [], policy: compiled.policy }
        : { stored, problems: compiled.problems, policy: last?.policy };
    return { verdict: state, isNew: true };
  }

  return {
    replace: (all) => {
      const compiledAll = all.map((one) => compileIfChanged(one, states.get(one.name)));
      const changed = compiledAll.flatMap(({ verdict: state, isNew }) => (isNew ? [state] : []));
      // A watch that was interrupted tells them all again.
      if (changed.length > 0 || compiledAll.length < states.size) set = undefined;
      states = new Map(compiledAll.map(({ verdict: state }) => [state.stored.name, state]));
      return changed;
    },
    upsert: (one) => {
      const { verdict: state, isNew } = compileIfChanged(one, states.get(one.name));
      states.set(one.name, state);
      if (!isNew) return undefined;
      set = undefined;
      return state;
    },
    remove: (name) => {
      if (states.delete(name)) set = undefined;
    },
    policies: () => {
      set ??= policySet(activePolicies(files, states.values()));
      return set;
    },
    states: () => [...states.values()].sort((a, b) => (a.stored.name < b.stored.name ? -1 : 1)),
  };
}

function activePolicies(
  files: readonly Policy[],
  states: Iterable<{ readonly policy: Policy | undefined }>,
): readonly Policy[] {
  const byName = new Map(files.map((policy) => [policy.name, policy]));
  for (const { policy } of states) {
    if (policy !== undefined) byName.set(policy.name, policy);
  }
  return [...byName.values()];
}
