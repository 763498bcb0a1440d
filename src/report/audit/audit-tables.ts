import {
  type AuditCounts,
  type AuditGroup,
  EMPTY_POLICY_GROUP,
  type PolicyAuditGroup,
  type RuleCounts,
} from '../../engine/audit/tally.ts';
import { printable } from '../printable.ts';
import { objectCounts, plural } from '../wording.ts';
import type { AuditReport } from './audit-report.ts';

type Column = keyof AuditCounts;

/**
 * Results by namespace and by policy. Each number counts Secrets, each once, by its strongest result:
 *
 *     By namespace  denied  warned  noted  changed  Secrets
 *       shop             2       1      -        1       12
 *         placeholder    2       -      -
 *
 *     By policy              denied  warned  noted  Secrets
 *       jwt-keys (built-in)       2       1      -        9
 *         placeholder             2       -      -
 *         in shop                 2       -      -
 */
export function auditTables({ tally, policies }: AuditReport): readonly (readonly string[])[] {
  const namespaces = [...tally.namespaces].filter(([, { counts }]) => hasFindings(counts));
  const policyGroups = policies.map(({ name, source }): readonly [string, PolicyAuditGroup] => [
    `${name} (${source})`,
    tally.policies.get(name) ?? EMPTY_POLICY_GROUP,
  ]);
  return [
    ...(namespaces.length === 0
      ? []
      : [table('By namespace', namespaces, ['denied', 'warned', 'noted', 'changed', 'secrets'])]),
    table('By policy', policyGroups, ['denied', 'warned', 'noted', 'secrets']),
  ];
}

/** `12 Secrets in 3 namespaces validated: 2 would be denied, 1 changed; 4 excluded from validation` */
export function auditSummary({
  tally: { total, skipped, namespaces },
  errors,
  references: { objects },
}: AuditReport): string {
  const outcomes = [
    [total.denied, 'denied'],
    [total.warned, 'warned of'],
    [total.changed, 'changed'],
  ] as const;
  const nonZero = outcomes.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  const [first = 'all would be allowed as they are', ...others] = nonZero.map((each, index) =>
    index === 0 ? each.replace(' ', ' would be ') : each,
  );
  const validatedText = `${plural(total.secrets, 'Secret')} in ${plural(namespaces.size, 'namespace')} validated`;
  return [
    total.secrets === 0
      ? 'no Secret to validate was found'
      : `${validatedText}: ${[first, ...others].join(', ')}`,
    ...(skipped > 0 ? [`${skipped} excluded from validation`] : []),
    ...objectCounts(objects),
    ...(errors.length > 0 ? ['not all could be read'] : []),
  ].join('; ');
}

/** `the controller would write 2 Secrets, and keep versions of 3 more`; empty if it would do nothing. */
export function controllerSummary({ tally: { plannedWrites, overdue } }: AuditReport): readonly string[] {
  const { written, recorded, restarting } = plannedWrites;
  const actions = [
    ...(written > 0 ? [`write ${plural(written, 'Secret')}`] : []),
    ...(recorded > 0 ? [`begin to keep versions of ${plural(recorded, 'Secret')}`] : []),
    ...(restarting > 0 ? [`restart readers of ${plural(restarting, 'Secret')}`] : []),
  ];
  return [
    ...(actions.length === 0 ? [] : [`the controller would ${actions.join(', ')}`]),
    ...(overdue === 0 ? [] : [`${plural(overdue, 'Secret')} ${overdue === 1 ? 'has' : 'have'} overdue keys`]),
  ];
}

const hasFindings = ({ denied, warned, noted, changed }: AuditCounts): boolean =>
  denied + warned + noted + changed > 0;

const HEADINGS: Readonly<Record<Column, string>> = {
  denied: 'denied',
  warned: 'warned',
  noted: 'noted',
  changed: 'changed',
  secrets: 'Secrets',
};

function table(
  title: string,
  groups: readonly (readonly [string, AuditGroup | PolicyAuditGroup])[],
  columns: readonly Column[],
): readonly string[] {
  const rows = groups.flatMap(([name, group]) => [
    [`  ${printable(name)}`, ...countCells(group.counts, columns)],
    ...[...group.rules].map(([rule, counts]) => [`    ${rule}`, ...countCells(counts, columns)]),
    ...('namespaces' in group ? namespaceRows(group.namespaces) : []).map(([place, said]) => [
      `    ${printable(place)}`,
      ...countCells(said, columns),
    ]),
  ]);
  return alignColumns([[title, ...columns.map((column) => HEADINGS[column])], ...rows]);
}

/** Limit of rows. The JSON output has all of them. */
const MAX_NAMESPACES = 10;

/** The namespace with most denials of the policy comes first. */
function namespaceRows(
  namespaces: PolicyAuditGroup['namespaces'],
): readonly (readonly [string, RuleCounts])[] {
  const namespaceCounts = [...namespaces].map(
    ([
      name,
      {
        counts: { denied, warned, noted },
      },
    ]) => ({
      name,
      said: { denied, warned, noted },
    }),
  );
  namespaceCounts.sort((a, b) => b.said.denied - a.said.denied || b.said.warned - a.said.warned);
  const shown = namespaceCounts
    .slice(0, MAX_NAMESPACES)
    .map(({ name, said }) => [`in ${name}`, said] as const);
  const others = namespaceCounts.slice(MAX_NAMESPACES).map(({ said }) => said);
  if (others.length === 0) return shown;
  const sum = others.reduce((a, b) => ({
    denied: a.denied + b.denied,
    warned: a.warned + b.warned,
    noted: a.noted + b.noted,
  }));
  return [...shown, [`in ${plural(others.length, 'other namespace')}`, sum]];
}

/** Rows of a rule or a namespace have no total number of Secrets. */
const countCells = (
  counts: Partial<AuditCounts> | RuleCounts,
  columns: readonly Column[],
): readonly string[] =>
  columns.map((column) => {
    const count = (counts as Partial<AuditCounts>)[column];
    return count === undefined ? '' : count === 0 ? '-' : String(count);
  });

/** Aligns the first column to the left, and numbers to the right. */
function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), 0),
  );
  return rows.map((row) =>
    row
      .map((text, column) =>
        column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
