import type {
  AuditCounts,
  AuditGroup,
  PolicyAuditGroup,
  RuleCounts,
} from '../../engine/diagnosis/audit/tally.ts';
import { inColumns } from '../lines.ts';
import { printable } from '../printable.ts';
import { objectCounts, plural } from '../wording.ts';
import type { AuditReport } from './audit-report.ts';

type Column = keyof AuditCounts;

/**
 * Results by namespace and by policy. Each number counts Secrets, each once, by its strongest result:
 *
 *     By namespace     denied  warned  mutated  Secrets
 *       shop                2       1        1       12
 *         placeholder       2       -
 *
 *     By policy              denied  warned  Secrets
 *       jwt-keys (built-in)       2       1        9
 *         placeholder             2       -
 *         in shop                 2       -
 *       10 other policies match no Secret
 *
 * A column without a number is left out, as is the row of a policy that matches no Secret.
 */
export function auditTables({ tally, policies }: AuditReport): readonly (readonly string[])[] {
  const namespaces = [...tally.namespaces].filter(([, { counts }]) => hasFindings(counts));
  const policyGroups = policies.flatMap(({ name, source }): readonly [string, PolicyAuditGroup][] => {
    const group = tally.policies.get(name);
    return group === undefined ? [] : [[`${name} (${source})`, group]];
  });
  return [
    ...(namespaces.length === 0
      ? []
      : [table('By namespace', namespaces, ['denied', 'warned', 'recorded', 'mutated', 'secrets'])]),
    [
      ...table('By policy', policyGroups, ['denied', 'warned', 'recorded', 'secrets']),
      ...unmatchedLine(policies.length - policyGroups.length, policies.length),
    ],
  ];
}

function unmatchedLine(unmatched: number, all: number): readonly string[] {
  if (unmatched === 0) return [];
  const verb = unmatched === 1 ? 'matches' : 'match';
  return [`  ${policiesText(unmatched, unmatched < all ? 'other ' : '')} ${verb} no Secret`];
}

const policiesText = (count: number, which: string): string =>
  `${count} ${which}${count === 1 ? 'policy' : 'policies'}`;

/** `12 Secrets in 3 namespaces validated: 2 would be denied, 1 mutated; 4 excluded from validation` */
export function auditSummary({
  tally: { total, skipped, namespaces },
  errors,
  references: { objects },
}: AuditReport): string {
  const outcomes = [
    [total.denied, 'denied'],
    [total.warned, 'warned of'],
    [total.mutated, 'mutated'],
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
  const { written, versioned, restarting } = plannedWrites;
  const actions = [
    ...(written > 0 ? [`write ${plural(written, 'Secret')}`] : []),
    ...(versioned > 0 ? [`begin to keep versions of ${plural(versioned, 'Secret')}`] : []),
    ...(restarting > 0 ? [`restart readers of ${plural(restarting, 'Secret')}`] : []),
  ];
  return [
    ...(actions.length === 0 ? [] : [`the controller would ${actions.join(', ')}`]),
    ...(overdue === 0 ? [] : [`${plural(overdue, 'Secret')} ${overdue === 1 ? 'has' : 'have'} overdue keys`]),
  ];
}

const hasFindings = ({ denied, warned, recorded, mutated }: AuditCounts): boolean =>
  denied + warned + recorded + mutated > 0;

const headingOf = (column: Column): string => (column === 'secrets' ? 'Secrets' : column);

function table(
  title: string,
  groups: readonly (readonly [string, AuditGroup | PolicyAuditGroup])[],
  candidates: readonly Column[],
): readonly string[] {
  const rows = groups.flatMap(([name, group]): readonly Row[] => [
    [`  ${printable(name)}`, group.counts],
    ...[...group.rules].map(([rule, counts]): Row => [`    ${rule}`, counts]),
    ...('namespaces' in group ? namespaceRows(group.namespaces) : []).map(
      ([place, counts]): Row => [`    ${printable(place)}`, counts],
    ),
  ]);
  const columns = candidates.filter(
    (column) => column === 'secrets' || rows.some(([, counts]) => (counts[column] ?? 0) > 0),
  );
  const cells = rows.map(([name, counts]) => [name, ...countCells(counts, columns)]);
  return inColumns([[title, ...columns.map(headingOf)], ...cells], { isNumber: (column) => column > 0 });
}

/** A row of a rule or a namespace has no total number of Secrets. */
type Row = readonly [name: string, counts: Partial<AuditCounts>];

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
        counts: { denied, warned, recorded },
      },
    ]) => ({
      name,
      said: { denied, warned, recorded },
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
    recorded: a.recorded + b.recorded,
  }));
  return [...shown, [`in ${plural(others.length, 'other namespace')}`, sum]];
}

const countCells = (counts: Partial<AuditCounts>, columns: readonly Column[]): readonly string[] =>
  columns.map((column) => {
    const count = counts[column];
    return count === undefined ? '' : count === 0 ? '-' : String(count);
  });
