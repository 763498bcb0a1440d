import {
  type AuditCounts,
  EMPTY_POLICY_GROUP,
  type PolicyAuditGroup,
  type RuleCounts,
} from '../../engine/audit/tally.ts';
import { ruleUrl } from '../../engine/finding/docs-url.ts';
import { ownerOf } from '../../engine/secret/owners.ts';
import { type AuditRemark, type Outcome, remarksOfObject, remarksOfResult } from './audit-remarks.ts';
import {
  type AuditHeader,
  type AuditReport,
  type AuditReporter,
  auditNotes,
  isReportable,
} from './audit-report.ts';
import { auditSummary, controllerSummary } from './audit-tables.ts';
import { markdownCode, markdownText } from './markdown-text.ts';
import { RepeatedNotes } from './repeated-notes.ts';

/** For an issue, a wiki or the summary of a pipeline: a table for each namespace, then the counts. */
export function auditMarkdown(header: AuditHeader): AuditReporter {
  const repeated = new RepeatedNotes();
  let namespace: string | undefined;
  let isBegun = false;
  const begin = (): string => {
    if (isBegun) return '';
    isBegun = true;
    return titleOf(header);
  };
  return {
    secret: (complete) => {
      const audited = repeated.shorten(complete);
      if (!isReportable(audited)) return '';
      const { secret } = audited;
      const heading = secret.namespace === namespace ? '' : namespaceHeading(secret.namespace);
      namespace = secret.namespace;
      const owner = ownerOf(secret);
      const subject = `${markdownCode(secret.name)}${owner === undefined ? '' : `<br>owned by ${markdownText(owner)}`}`;
      return `${begin()}${heading}${remarkRows(subject, remarksOfResult(audited))}`;
    },
    finish: (report) =>
      `${begin()}${objectsOf(report)}${policiesOf(report)}${countsOf(report, repeated.notes())}`,
  };
}

const titleOf = ({ cluster, namespace, startedAt, version }: AuditHeader): string => {
  const place = namespace === undefined ? '' : `, namespace ${markdownCode(namespace)}`;
  const time = startedAt.toISOString().replace(/\.\d+Z$/, 'Z');
  return `# Audit of Secrets\n\nCluster ${markdownCode(cluster)}${place}, at ${time}, by lockstep ${markdownText(version)}.\n`;
};

const REMARK_HEADING = `| object | result | finding | fix | rule | policy |\n|---|---|---|---|---|---|\n`;

const namespaceHeading = (namespace: string): string =>
  `\n## ${markdownCode(namespace)}\n\n${REMARK_HEADING}`;

const resultText = (outcome: Outcome): string => (outcome === 'denied' ? '**denied**' : outcome);

const remarkRows = (subject: string, remarks: readonly AuditRemark[]): string =>
  remarks
    .map(({ outcome, rule, policy, text, fix }) =>
      tableRow([
        subject,
        resultText(outcome),
        markdownText(text),
        markdownText(fix),
        rule === '' ? '' : `[${markdownText(rule)}](${ruleUrl(rule)})`,
        markdownCode(policy),
      ]),
    )
    .join('');

const tableRow = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;

const objectsOf = ({ references: { objects }, isSummary }: AuditReport): string =>
  isSummary || objects.length === 0
    ? ''
    : `\n## Other objects\n\n${REMARK_HEADING}${objects
        .map((object) =>
          remarkRows(
            markdownCode(`${object.kind} ${object.namespace}/${object.name}`),
            remarksOfObject(object),
          ),
        )
        .join('')}`;

const COUNTED = ['denied', 'warned', 'recorded'] as const;

const counts = (found: RuleCounts): readonly string[] =>
  COUNTED.map((name) => (found[name] === 0 ? '-' : String(found[name])));

function policiesOf({ policies, tally }: AuditReport): string {
  const rows = policies.map(({ name, source, actions }) => {
    const group: PolicyAuditGroup = tally.policies.get(name) ?? EMPTY_POLICY_GROUP;
    return tableRow([
      markdownCode(name),
      source,
      actions.join(', '),
      String(group.counts.secrets),
      ...counts(group.counts),
    ]);
  });
  return `\n## Policies\n\n| policy | source | action | matched | denied | warned | recorded |\n|---|---|---|--:|--:|--:|--:|\n${rows.join('')}`;
}

const hasFindings = ({ denied, warned, recorded, mutated }: AuditCounts): boolean =>
  denied + warned + recorded + mutated > 0;

function countsOf(report: AuditReport, repeatedNotes: readonly string[]): string {
  const { tally, errors, isMixed, isSummary } = report;
  const rows = [...tally.namespaces]
    .filter(([, group]) => hasFindings(group.counts))
    .map(([name, { counts: found }]) =>
      tableRow([
        markdownCode(name),
        String(found.secrets),
        ...counts(found),
        found.mutated === 0 ? '-' : String(found.mutated),
      ]),
    );
  const table =
    rows.length === 0
      ? ''
      : `\n| namespace | Secrets | denied | warned | recorded | mutated |\n|---|--:|--:|--:|--:|--:|\n${rows.join('')}`;
  const lines = [
    auditSummary(report),
    ...controllerSummary(report),
    ...(isSummary ? [] : repeatedNotes),
    ...auditNotes(report),
    ...(isMixed
      ? ['reading took longer than the API server keeps its history, so later writes may be missing']
      : []),
    ...errors.map((error) => `error: ${error}`),
  ];
  return `\n## Summary\n${table}\n${lines.map((line) => `- ${markdownText(line)}\n`).join('')}`;
}
