import type { Compiled } from '../../engine/policy/compile/compile.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import type { Problem } from '../../engine/policy/schema/problem.ts';
import { type PolicySet, policySet } from '../../engine/policy/set.ts';

/** A SecretPolicy of the cluster. */
export interface StoredPolicy {
  readonly name: string;
  /** Of a policy that was deleted and made again it is another. */
  readonly uid: string;
  /** Counts the changes of what it says. */
  readonly generation: number;
  readonly document: unknown;
}

/** What became of a SecretPolicy. */
export interface Verdict<Stored extends StoredPolicy> {
  /** As last seen, without its document, which is not kept. */
  readonly stored: Omit<Stored, 'document'>;
  /** Why it can't be used; empty where it can. */
  readonly problems: readonly Problem[];
  /** What is in force of it: this version, or the last one that could be used; undefined where there was none since lockstep started. */
  readonly policy: Policy | undefined;
}

export interface PolicyStore<Stored extends StoredPolicy> {
  /** These are all that there are. Returns those whose generation is new. */
  readonly replace: (all: readonly Stored[]) => readonly Verdict<Stored>[];
  /** Returns undefined where the generation is not new: only its status, its labels or the like are. */
  readonly put: (one: Stored) => Verdict<Stored> | undefined;
  readonly remove: (name: string) => void;
  /** What is in force: of one name the cluster's policy, where it can be used, in place of that from a file. */
  readonly policies: () => PolicySet;
  /** Of every SecretPolicy, by name. */
  readonly verdicts: () => readonly Verdict<Stored>[];
}

/** `files`: the policies that lockstep was started with. Each generation of a SecretPolicy is compiled once. */
export function policyStore<Stored extends StoredPolicy>(
  files: readonly Policy[],
  compile: (document: unknown) => Compiled,
): PolicyStore<Stored> {
  let known = new Map<string, Verdict<Stored>>();
  /** Made when it is next asked for, so that a hundred changes at once cost one index. */
  let set: PolicySet | undefined;

  function take(
    one: Stored,
    before: Verdict<Stored> | undefined,
  ): { verdict: Verdict<Stored>; isNew: boolean } {
    const { document, ...stored } = one;
    const last = before?.stored.uid === one.uid ? before : undefined;
    if (last?.stored.generation === one.generation) return { verdict: { ...last, stored }, isNew: false };
    const compiled = compile(document);
    const verdict =
      'policy' in compiled
        ? { stored, problems: [], policy: compiled.policy }
        : { stored, problems: compiled.problems, policy: last?.policy };
    return { verdict, isNew: true };
  }

  return {
    replace: (all) => {
      const taken = all.map((one) => take(one, known.get(one.name)));
      const fresh = taken.flatMap(({ verdict, isNew }) => (isNew ? [verdict] : []));
      // A watch that was interrupted tells them all again.
      if (fresh.length > 0 || taken.length < known.size) set = undefined;
      known = new Map(taken.map(({ verdict }) => [verdict.stored.name, verdict]));
      return fresh;
    },
    put: (one) => {
      const { verdict, isNew } = take(one, known.get(one.name));
      known.set(one.name, verdict);
      if (!isNew) return undefined;
      set = undefined;
      return verdict;
    },
    remove: (name) => {
      if (known.delete(name)) set = undefined;
    },
    policies: () => {
      set ??= policySet(inForce(files, known.values()));
      return set;
    },
    verdicts: () => [...known.values()].sort((a, b) => (a.stored.name < b.stored.name ? -1 : 1)),
  };
}

function inForce(
  files: readonly Policy[],
  verdicts: Iterable<{ readonly policy: Policy | undefined }>,
): readonly Policy[] {
  const byName = new Map(files.map((policy) => [policy.name, policy]));
  for (const { policy } of verdicts) {
    if (policy !== undefined) byName.set(policy.name, policy);
  }
  return [...byName.values()];
}
