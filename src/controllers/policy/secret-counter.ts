import type { AuditResult } from '../../engine/audit/audit.ts';
import { type Action, stricter } from '../../engine/finding/finding.ts';
import { type ActionCounts, NO_COUNTS } from '../../engine/finding/policy-report.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';

/** Numbers of stored Secrets of one policy. */
export interface SecretCounts {
  readonly matched: number;
  /** Secrets with a finding of this policy. Each counts once, by its strongest action. */
  readonly violating: ActionCounts;
}

/** A validated Secret: the names of its policies, and its findings. */
export interface CountedSecret {
  readonly secret: SecretRef;
  readonly decision: Pick<AuditResult['decision'], 'policies' | 'findings'>;
}

export interface SecretCounter {
  /** Replaces what is known of that Secret. */
  readonly observe: (counted: CountedSecret) => void;
  /**
   * The Secret is validated again later, because only its record shows which findings remain. A known Secret keeps its
   * earlier findings until then.
   */
  readonly markSeen: (counted: CountedSecret) => void;
  readonly forget: (secret: SecretRef) => void;
  /** From here on each Secret is observed once, by these policies. */
  readonly scanStarted: (policies: readonly Policy[]) => void;
  /** Forgets the Secrets that were not observed since `scanStarted`. Must not be called after an aborted scan. */
  readonly scanEnded: () => void;
  /** Undefined until a full scan has ended that used this version of the policy. */
  readonly countsFor: (policy: Policy) => SecretCounts | undefined;
}

/** The Secrets with equal policies and equal violations share one group, so that a Secret takes little memory. */
interface SecretGroup {
  readonly id: string;
  readonly matched: readonly string[];
  readonly violated: readonly (readonly [policy: string, action: Action])[];
  uses: number;
}

interface Entry {
  readonly group: SecretGroup;
  /** The scan in which the Secret was last seen. */
  scan: number;
}

interface Counts {
  matched: number;
  readonly violating: Record<Action, number>;
}

/** Counts the Secrets of each policy. It holds the names of the Secrets that a policy matches, and no values. */
export function secretCounter(): SecretCounter {
  const namespaces = new Map<string, Map<string, Entry>>();
  const groups = new Map<string, SecretGroup>();
  const counts = new Map<string, Counts>();
  let scan = 0;
  let scanning: readonly Policy[] = [];
  let scanned: ReadonlySet<Policy> = new Set();

  function replace({ namespace, name }: SecretRef, next: SecretGroup | undefined): void {
    const entries = namespaces.get(namespace) ?? new Map<string, Entry>();
    const before = entries.get(name)?.group;
    if (next === undefined) entries.delete(name);
    else entries.set(name, { group: next, scan });
    if (entries.size === 0) namespaces.delete(namespace);
    else namespaces.set(namespace, entries);
    if (before === next) return;
    if (next !== undefined) use(next, 1);
    if (before !== undefined) use(before, -1);
  }

  function use(group: SecretGroup, by: 1 | -1): void {
    group.uses += by;
    if (group.uses === 0) groups.delete(group.id);
    else groups.set(group.id, group);
    for (const policy of group.matched) {
      const one = counts.get(policy) ?? { matched: 0, violating: { ...NO_COUNTS } };
      one.matched += by;
      if (one.matched === 0) counts.delete(policy);
      else counts.set(policy, one);
    }
    for (const [policy, action] of group.violated) {
      const one = counts.get(policy);
      if (one !== undefined) one.violating[action] += by;
    }
  }

  function groupOf({ decision: { policies, findings } }: CountedSecret): SecretGroup | undefined {
    if (policies.length === 0) return undefined;
    const strongest = new Map<string, Action>();
    for (const { policy, action } of findings)
      if (policies.includes(policy)) strongest.set(policy, stricter(strongest.get(policy) ?? action, action));
    const violated = [...strongest];
    const id = JSON.stringify([policies, violated]);
    return groups.get(id) ?? { id, matched: policies, violated, uses: 0 };
  }

  return {
    observe: (counted) => replace(counted.secret, groupOf(counted)),
    markSeen: (counted) => {
      const { namespace, name } = counted.secret;
      const entry = namespaces.get(namespace)?.get(name);
      if (entry !== undefined && isSame(entry.group.matched, counted.decision.policies)) entry.scan = scan;
      else replace(counted.secret, groupOf(counted));
    },
    forget: (secret) => {
      if (namespaces.get(secret.namespace)?.has(secret.name) === true) replace(secret, undefined);
    },
    scanStarted: (policies) => {
      scan += 1;
      scanning = policies;
    },
    scanEnded: () => {
      scanned = new Set(scanning);
      for (const [namespace, entries] of namespaces)
        for (const [name, { scan: lastScan }] of entries)
          if (lastScan !== scan) replace({ namespace, name }, undefined);
    },
    countsFor: (policy) => {
      if (!scanned.has(policy)) return undefined;
      return counts.get(policy.name) ?? { matched: 0, violating: NO_COUNTS };
    },
  };
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, at) => name === b[at]);
