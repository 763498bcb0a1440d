import { hasPlannedAction } from '../../engine/diagnosis/audit/controller-preview.ts';
import {
  type AuditCounts,
  type AuditGroup,
  EMPTY_POLICY_GROUP,
  type PolicyAuditGroup,
} from '../../engine/diagnosis/audit/tally.ts';
import { ownerOf } from '../../engine/secret/owners.ts';
import type { ObjectWithFindings } from '../../engine/workloads/references/object-findings.ts';
import { type AuditReport, type AuditReporter, auditNotes, isReportable } from './audit-report.ts';
import { controllerPreviewJson } from './controller-preview.ts';

/**
 * The contract, field by field, as in docs/reference/audit.md: a line for each Secret with a result to report, then the
 * counts.
 */
export function auditJson(): AuditReporter {
  let separator = '{"secrets": [\n';
  return {
    secret: (audited) => {
      if (!isReportable(audited)) return '';
      const { secret, verdict, decision, preview } = audited;
      const line = JSON.stringify({
        namespace: secret.namespace,
        name: secret.name,
        verdict,
        // Absent for a Secret without an owner: JSON leaves out undefined fields.
        owner: ownerOf(secret),
        policies: decision.policies,
        findings: decision.findings.map(({ policy, rule, key, action, message, fix }) => ({
          policy,
          rule,
          key,
          action,
          message,
          fix,
        })),
        changes: decision.changes.map(({ key, reason }) => ({ key, reason })),
        overdue: preview && preview.overdue.length > 0 ? preview.overdue : undefined,
        controller: preview && hasPlannedAction(preview) ? controllerPreviewJson(preview) : undefined,
      });
      const text = `${separator}${line}`;
      separator = SEPARATOR;
      return text;
    },
    finish: (result) => `${separator === SEPARATOR ? '' : separator}\n],\n${summaryJson(result)}}\n`,
  };
}

const SEPARATOR = ',\n';

function summaryJson(report: AuditReport): string {
  const { tally, policies, errors, isMixed, references, isSummary } = report;
  const namespaces = [...tally.namespaces].map(([name, group]) => ({ name, ...groupJson(group) }));
  const policyRows = policies.map(({ name, source, actions }) => ({
    name,
    source,
    actions,
    ...policyJson(tally.policies.get(name)),
  }));
  const summary = {
    ...countFields(tally.total),
    namespaces: tally.namespaces.size,
    skipped: tally.skipped,
    objects: references.objects.length,
    complete: errors.length === 0,
    mixed: isMixed,
    controller: tally.plannedWrites,
    overdue: tally.overdue,
  };
  return [
    `"objects": ${linesOf(isSummary ? [] : references.objects.map(objectJson))}`,
    `"namespaces": ${linesOf(namespaces)}`,
    `"policies": ${linesOf(policyRows)}`,
    `"summary": ${JSON.stringify(summary)}`,
    `"notes": ${linesOf(auditNotes(report).map((message) => ({ message })))}`,
    `"errors": ${linesOf(errors.map((message) => ({ message })))}`,
  ].join(',\n');
}

const objectJson = ({ namespace, kind, name, findings }: ObjectWithFindings) => ({
  kind,
  namespace,
  name,
  findings: findings.map(({ rule, key, message, fix }) => ({ rule, key, action: 'Warn', message, fix })),
});

const linesOf = (rows: readonly object[]): string =>
  `[${rows.map((row) => `\n${JSON.stringify(row)}`).join(',')}\n]`;

const countFields = ({ secrets, denied, warned, recorded, mutated }: AuditCounts) => ({
  secrets,
  denied,
  warned,
  recorded,
  mutated,
});

const groupJson = ({ counts, rules }: AuditGroup) => ({ ...countFields(counts), rules: rulesJson(rules) });

function policyJson(group: PolicyAuditGroup = EMPTY_POLICY_GROUP) {
  const namespaces = [...group.namespaces].map(([name, each]) => ({ name, ...findingCounts(each) }));
  return { secrets: group.counts.secrets, ...findingCounts(group), namespaces };
}

/** A change does not know its policy. */
const findingCounts = ({ counts: { denied, warned, recorded }, rules }: AuditGroup) => ({
  denied,
  warned,
  recorded,
  rules: rulesJson(rules),
});

const rulesJson = (rules: AuditGroup['rules']) =>
  [...rules].map(([rule, { denied, warned, recorded }]) => ({ rule, denied, warned, recorded }));
