import type { PolicyCompilation } from '../../engine/policy/compile/compile.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import type { Problem } from '../../engine/policy/schema/problem.ts';
import { type PolicySet, policySet } from '../../engine/policy/set.ts';

/** A SecretPolicy of the cluster. */
export interface PolicyObject {
  readonly name: string;
  /** A policy that was deleted and created again has another uid. */
  readonly uid: string;
  /** Increases with each change of the spec. */
  readonly generation: number;
  readonly document: unknown;
}

/** The result of compiling a SecretPolicy. */
export interface PolicyState<Stored extends PolicyObject> {
  /** As last seen, without its document, to save memory. */
  readonly stored: Omit<Stored, 'document'>;
  /** The reasons why it can't be used. Empty if it can. */
  readonly problems: readonly Problem[];
  /**
   * The policy in effect: this version, or the last valid one. Undefined if there was no valid one since lockstep
   * started.
   */
  readonly policy: Policy | undefined;
}

export interface PolicyStore<Stored extends PolicyObject> {
  /** Replaces all SecretPolicies. Returns those with a new generation. */
  readonly replace: (all: readonly Stored[]) => readonly PolicyState<Stored>[];
  /** Undefined if the generation is not new, as after a change of the status or the labels. */
  readonly upsert: (one: Stored) => PolicyState<Stored> | undefined;
  readonly remove: (name: string) => void;
  /** The policies in effect. A valid policy of the cluster replaces the policy of the same name from a file. */
  readonly policies: () => PolicySet;
  /** Ordered by name. */
  readonly states: () => readonly PolicyState<Stored>[];
}

/** `files` holds the policies with which lockstep was started. Each generation of a SecretPolicy is compiled once. */
export function policyStore<Stored extends PolicyObject>(
  files: readonly Policy[],
  compile: (document: unknown) => PolicyCompilation,
): PolicyStore<Stored> {
  let states = new Map<string, PolicyState<Stored>>();
  /** Built on demand, so that a hundred changes at once cost one index. */
  let set: PolicySet | undefined;

  function compileIfChanged(
    one: Stored,
    before: PolicyState<Stored> | undefined,
  ): { state: PolicyState<Stored>; isNew: boolean } {
    const { document, ...stored } = one;
    const last = before?.stored.uid === one.uid ? before : undefined;
    if (last?.stored.generation === one.generation) return { state: { ...last, stored }, isNew: false };
    const compiled = compile(document);
    const state =
      'policy' in compiled
        ? { stored, problems: [], policy: compiled.policy }
        : { stored, problems: compiled.problems, policy: last?.policy };
    return { state, isNew: true };
  }

  return {
    replace: (all) => {
      const compiledAll = all.map((one) => compileIfChanged(one, states.get(one.name)));
      const changed = compiledAll.flatMap(({ state, isNew }) => (isNew ? [state] : []));
      // A watch that restarts reports all objects again.
      if (changed.length > 0 || compiledAll.length < states.size) set = undefined;
      states = new Map(compiledAll.map(({ state }) => [state.stored.name, state]));
      return changed;
    },
    upsert: (one) => {
      const { state, isNew } = compileIfChanged(one, states.get(one.name));
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
