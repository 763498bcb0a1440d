import { type Counts, type Group, NO_SECRETS, type PolicyGroup } from '../../engine/audit/tally.ts';
import { isForeseen } from '../../engine/reconcile/controller-preview.ts';
import { ownerOf } from '../../engine/secret/owners.ts';
import { type AuditEnd, type AuditReporter, isTold } from './audit-report.ts';
import { foresightJson } from './controller-preview.ts';

/** The contract, field by field, as docs/adoption.md has it: one line for each Secret that there is something to tell of, then the counts. */
export function auditJson(): AuditReporter {
  let separator = '{"secrets": [\n';
  return {
    secret: (audited) => {
      if (!isTold(audited)) return '';
      const { secret, verdict, decision, foreseen } = audited;
      const line = JSON.stringify({
        namespace: secret.namespace,
        name: secret.name,
        verdict,
        // Left out of one that nobody owns, as JSON does with what is undefined.
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
        controller: foreseen && isForeseen(foreseen) ? foresightJson(foreseen) : undefined,
      });
      const text = `${separator}${line}`;
      separator = NEXT;
      return text;
    },
    end: (end) => `${separator === NEXT ? '' : separator}\n],\n${countsOf(end)}}\n`,
  };
}

const NEXT = ',\n';

function countsOf({ tally, policies, errors, isMixed }: AuditEnd): string {
  const namespaces = [...tally.namespaces].map(([name, group]) => ({ name, ...groupOf(group) }));
  const judging = policies.map(({ name, source }) => ({
    name,
    source,
    ...policyOf(tally.policies.get(name)),
  }));
  const summary = {
    ...fieldsOf(tally.total),
    namespaces: tally.namespaces.size,
    skipped: tally.skipped,
    complete: errors.length === 0,
    mixed: isMixed,
    controller: tally.foreseen,
  };
  return [
    `"namespaces": ${linesOf(namespaces)}`,
    `"policies": ${linesOf(judging)}`,
    `"summary": ${JSON.stringify(summary)}`,
    `"errors": ${linesOf(errors.map((message) => ({ message })))}`,
  ].join(',\n');
}

const linesOf = (rows: readonly object[]): string =>
  `[${rows.map((row) => `\n${JSON.stringify(row)}`).join(',')}\n]`;

const fieldsOf = ({ secrets, denied, warned, noted, changed }: Counts) => ({
  secrets,
  denied,
  warned,
  noted,
  changed,
});

const groupOf = ({ counts, rules }: Group) => ({ ...fieldsOf(counts), rules: rulesOf(rules) });

function policyOf(group: PolicyGroup = NO_SECRETS) {
  const namespaces = [...group.namespaces].map(([name, each]) => ({ name, ...saidOf(each) }));
  return { secrets: group.counts.secrets, ...saidOf(group), namespaces };
}

/** Which policy a change is of is not known. */
const saidOf = ({ counts: { denied, warned, noted }, rules }: Group) => ({
  denied,
  warned,
  noted,
  rules: rulesOf(rules),
});

const rulesOf = (rules: Group['rules']) =>
  [...rules].map(([rule, { denied, warned, noted }]) => ({ rule, denied, warned, noted }));
