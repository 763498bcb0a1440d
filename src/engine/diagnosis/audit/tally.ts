import { type Action, type Finding, stricter } from '../../secret/finding/finding.ts';
import type { AuditResult } from './audit.ts';

/** Numbers of Secrets. Each counts once, by its strongest finding. */
export interface AuditCounts {
  /** Validated, or selected by the policy. */
  secrets: number;
  denied: number;
  warned: number;
  /** Only recorded: the action is `Audit`. */
  recorded: number;
  /** Not denied, after the webhook has mutated something. */
  mutated: number;
}

/** The same numbers for one rule, by its findings. */
export type RuleCounts = Pick<AuditCounts, 'denied' | 'warned' | 'recorded'>;

/** Numbers of Secrets that the controller would write. A Secret counts once in each field. */
export interface PlannedWriteCounts {
  written: number;
  /** Secrets whose versions it would start to keep. */
  versioned: number;
  /** Secrets whose consumers it would restart. */
  restarting: number;
}

export interface AuditSummary {
  readonly total: AuditCounts;
  readonly plannedWrites: PlannedWriteCounts;
  /** Secrets with a key that is older than its policy allows. */
  readonly overdue: number;
  /** Validated Secrets without a finding and without a change. */
  readonly clean: number;
  /** Exempt, or being deleted. */
  readonly skipped: number;
  /** In the order of their first Secret. */
  readonly namespaces: ReadonlyMap<string, AuditGroup>;
  /** Every policy that selected a Secret, by name. */
  readonly policies: ReadonlyMap<string, PolicyAuditGroup>;
}

export interface AuditGroup {
  readonly counts: AuditCounts;
  readonly rules: ReadonlyMap<string, RuleCounts>;
}

/** The namespaces in which a policy has findings. Their `secrets` count those with a finding of this policy. */
export interface PolicyAuditGroup extends AuditGroup {
  readonly namespaces: ReadonlyMap<string, AuditGroup>;
}

export const EMPTY_POLICY_GROUP: PolicyAuditGroup = {
  counts: { secrets: 0, denied: 0, warned: 0, recorded: 0, mutated: 0 },
  rules: new Map(),
  namespaces: new Map(),
};

/**
 * Counts the results of `audit`. Memory grows with the policies and the namespaces with findings, not with the Secrets.
 */
export class AuditTally implements AuditSummary {
  readonly total = noCounts();
  readonly plannedWrites = { written: 0, versioned: 0, restarting: 0 };
  readonly namespaces = new Map<string, GroupCounter>();
  readonly policies = new Map<string, PolicyCounter>();
  skipped = 0;
  overdue = 0;
  clean = 0;

  add({ secret, verdict, decision, preview }: AuditResult): void {
    if (preview?.write !== undefined || preview?.derivedSecret !== undefined) this.plannedWrites.written += 1;
    if (preview?.record === true) this.plannedWrites.versioned += 1;
    if ((preview?.restarts.length ?? 0) > 0) this.plannedWrites.restarting += 1;
    if ((preview?.overdue.length ?? 0) > 0) this.overdue += 1;
    if (verdict === 'skip') {
      this.skipped += 1;
      return;
    }
    const { findings } = decision;
    const isMutated = verdict === 'fix';
    if (verdict === 'allow' && findings.length === 0) this.clean += 1;
    count(this.total, findings, isMutated);
    groupIn(this.namespaces, secret.namespace, GroupCounter).add(findings, isMutated);
    for (const name of decision.policies) {
      const policyFindings = findings.filter(({ policy }) => policy === name);
      groupIn(this.policies, name, PolicyCounter).addIn(secret.namespace, policyFindings);
    }
  }
}

class GroupCounter implements AuditGroup {
  readonly counts = noCounts();
  readonly rules = new Map<string, RuleCounts>();

  add(findings: readonly Finding[], isMutated: boolean): void {
    count(this.counts, findings, isMutated);
    for (const [rule, ruleFindings] of Map.groupBy(findings, (finding) => finding.rule)) {
      const counts = this.rules.get(rule) ?? { denied: 0, warned: 0, recorded: 0 };
      this.rules.set(rule, counts);
      countStrictest(counts, ruleFindings);
    }
  }
}

class PolicyCounter extends GroupCounter implements PolicyAuditGroup {
  readonly namespaces = new Map<string, GroupCounter>();

  addIn(namespace: string, findings: readonly Finding[]): void {
    // The policy of a mutation is not known.
    this.add(findings, false);
    if (findings.length > 0) groupIn(this.namespaces, namespace, GroupCounter).add(findings, false);
  }
}

function groupIn<Made extends AuditGroup>(
  groups: Map<string, Made>,
  name: string,
  Kind: new () => Made,
): Made {
  const group = groups.get(name) ?? new Kind();
  groups.set(name, group);
  return group;
}

const noCounts = (): AuditCounts => ({ ...EMPTY_POLICY_GROUP.counts });

function count(counts: AuditCounts, findings: readonly Finding[], isMutated: boolean): void {
  counts.secrets += 1;
  if (isMutated) counts.mutated += 1;
  countStrictest(counts, findings);
}

const COLUMN: Readonly<Record<Action, keyof RuleCounts>> = {
  Enforce: 'denied',
  Warn: 'warned',
  Audit: 'recorded',
};

function countStrictest(counts: RuleCounts, [first, ...others]: readonly Finding[]): void {
  if (first === undefined) return;
  const strongest = others.reduce((action, finding) => stricter(action, finding.action), first.action);
  counts[COLUMN[strongest]] += 1;
}
