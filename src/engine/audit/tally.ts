import { type Action, type Finding, stricter } from '../finding/finding.ts';
import type { Audited } from './audit.ts';

/** Secrets, each counted once, by the strictest that is said of it. */
export interface Counts {
  /** Judged, or meant by the policy. */
  secrets: number;
  denied: number;
  warned: number;
  /** Nothing but recorded. */
  noted: number;
  /** Not denied, once lockstep has changed something. */
  changed: number;
}

/** The same by rule: what is said by that rule. */
export type RuleCounts = Pick<Counts, 'denied' | 'warned' | 'noted'>;

/** Secrets that the controller would do something with, each counted once in each. */
export interface ForeseenCounts {
  written: number;
  /** Those of which it would begin to keep versions. */
  recorded: number;
  /** Those whose readers it would restart. */
  restarting: number;
}

export interface Tally {
  readonly total: Counts;
  readonly foreseen: ForeseenCounts;
  /** Exempt, or being deleted. */
  readonly skipped: number;
  /** In the order in which they came. */
  readonly namespaces: ReadonlyMap<string, Group>;
  /** By name, of every policy that meant a Secret. */
  readonly policies: ReadonlyMap<string, PolicyGroup>;
}

export interface Group {
  readonly counts: Counts;
  readonly rules: ReadonlyMap<string, RuleCounts>;
}

/** Where a policy says something: `secrets` of such a namespace are those of which it does. */
export interface PolicyGroup extends Group {
  readonly namespaces: ReadonlyMap<string, Group>;
}

export const NO_SECRETS: PolicyGroup = {
  counts: { secrets: 0, denied: 0, warned: 0, noted: 0, changed: 0 },
  rules: new Map(),
  namespaces: new Map(),
};

/** Counts what `audit` observes. Grows with the policies and the namespaces that they find fault in, not with the Secrets. */
export class AuditTally implements Tally {
  readonly total = noCounts();
  readonly foreseen = { written: 0, recorded: 0, restarting: 0 };
  readonly namespaces = new Map<string, CountedGroup>();
  readonly policies = new Map<string, CountedPolicy>();
  skipped = 0;

  add({ secret, verdict, decision, foreseen }: Audited): void {
    if (foreseen?.write !== undefined || foreseen?.sibling !== undefined) this.foreseen.written += 1;
    if (foreseen?.record === true) this.foreseen.recorded += 1;
    if ((foreseen?.restarts.length ?? 0) > 0) this.foreseen.restarting += 1;
    if (verdict === 'skip') {
      this.skipped += 1;
      return;
    }
    const { findings } = decision;
    const isChanged = verdict === 'fix';
    count(this.total, findings, isChanged);
    groupIn(this.namespaces, secret.namespace, CountedGroup).add(findings, isChanged);
    for (const name of decision.policies) {
      const said = findings.filter(({ policy }) => policy === name);
      groupIn(this.policies, name, CountedPolicy).addIn(secret.namespace, said);
    }
  }
}

class CountedGroup implements Group {
  readonly counts = noCounts();
  readonly rules = new Map<string, RuleCounts>();

  add(findings: readonly Finding[], isChanged: boolean): void {
    count(this.counts, findings, isChanged);
    for (const [rule, said] of Map.groupBy(findings, (finding) => finding.rule)) {
      const counts = this.rules.get(rule) ?? { denied: 0, warned: 0, noted: 0 };
      this.rules.set(rule, counts);
      countStrictest(counts, said);
    }
  }
}

class CountedPolicy extends CountedGroup implements PolicyGroup {
  readonly namespaces = new Map<string, CountedGroup>();

  addIn(namespace: string, findings: readonly Finding[]): void {
    // Of a change it is not known whose it is.
    this.add(findings, false);
    if (findings.length > 0) groupIn(this.namespaces, namespace, CountedGroup).add(findings, false);
  }
}

function groupIn<Made extends Group>(groups: Map<string, Made>, name: string, Kind: new () => Made): Made {
  const group = groups.get(name) ?? new Kind();
  groups.set(name, group);
  return group;
}

const noCounts = (): Counts => ({ ...NO_SECRETS.counts });

function count(counts: Counts, findings: readonly Finding[], isChanged: boolean): void {
  counts.secrets += 1;
  if (isChanged) counts.changed += 1;
  countStrictest(counts, findings);
}

const COLUMN: Readonly<Record<Action, keyof RuleCounts>> = {
  Enforce: 'denied',
  Warn: 'warned',
  Audit: 'noted',
};

function countStrictest(counts: RuleCounts, [first, ...others]: readonly Finding[]): void {
  if (first === undefined) return;
  const strictest = others.reduce((action, finding) => stricter(action, finding.action), first.action);
  counts[COLUMN[strictest]] += 1;
}
