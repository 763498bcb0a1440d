import {
  type Counts,
  type Group,
  NO_SECRETS,
  type PolicyGroup,
  type RuleCounts,
} from '../../engine/audit/tally.ts';
import { printable } from '../printable.ts';
import { plural } from '../wording.ts';
import type { AuditEnd } from './audit-report.ts';

type Column = keyof Counts;

/**
 * What is said where, and by whom. Every number counts Secrets, each once, by the strictest that is said of it:
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
export function auditTables({ tally, policies }: AuditEnd): readonly (readonly string[])[] {
  const namespaces = [...tally.namespaces].filter(([, { counts }]) => isTold(counts));
  const named = policies.map(({ name, source }): readonly [string, PolicyGroup] => [
    `${name} (${source})`,
    tally.policies.get(name) ?? NO_SECRETS,
  ]);
  return [
    ...(namespaces.length === 0
      ? []
      : [table('By namespace', namespaces, ['denied', 'warned', 'noted', 'changed', 'secrets'])]),
    table('By policy', named, ['denied', 'warned', 'noted', 'secrets']),
  ];
}

/** `12 Secrets in 3 namespaces judged: 2 would be denied, 1 changed; 4 not judged` */
export function auditSummary({ tally: { total, skipped, namespaces }, errors }: AuditEnd): string {
  const outcomes = [
    [total.denied, 'denied'],
    [total.warned, 'warned of'],
    [total.changed, 'changed'],
  ] as const;
  const told = outcomes.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  const [first = 'all would be allowed as they are', ...others] = told.map((each, index) =>
    index === 0 ? each.replace(' ', ' would be ') : each,
  );
  const judged = `${plural(total.secrets, 'Secret')} in ${plural(namespaces.size, 'namespace')} judged`;
  return [
    total.secrets === 0 ? 'no Secret to judge was found' : `${judged}: ${[first, ...others].join(', ')}`,
    ...(skipped > 0 ? [`${skipped} not judged`] : []),
    ...(errors.length > 0 ? ['not all could be read'] : []),
  ].join('; ');
}

/** `the controller would write 2 Secrets, and keep versions of 3 more`; nothing where it would do nothing. */
export function foreseenSummary({ tally: { foreseen } }: AuditEnd): readonly string[] {
  const { written, recorded, restarting } = foreseen;
  const told = [
    ...(written > 0 ? [`write ${plural(written, 'Secret')}`] : []),
    ...(recorded > 0 ? [`begin to keep versions of ${plural(recorded, 'Secret')}`] : []),
    ...(restarting > 0 ? [`restart readers of ${plural(restarting, 'Secret')}`] : []),
  ];
  return told.length === 0 ? [] : [`the controller would ${told.join(', ')}`];
}

const isTold = ({ denied, warned, noted, changed }: Counts): boolean => denied + warned + noted + changed > 0;

const HEADINGS: Readonly<Record<Column, string>> = {
  denied: 'denied',
  warned: 'warned',
  noted: 'noted',
  changed: 'changed',
  secrets: 'Secrets',
};

function table(
  title: string,
  groups: readonly (readonly [string, Group | PolicyGroup])[],
  columns: readonly Column[],
): readonly string[] {
  const rows = groups.flatMap(([name, group]) => [
    [`  ${printable(name)}`, ...cellsOf(group.counts, columns)],
    ...[...group.rules].map(([rule, said]) => [`    ${rule}`, ...cellsOf(said, columns)]),
    ...('namespaces' in group ? placesOf(group.namespaces) : []).map(([place, said]) => [
      `    ${printable(place)}`,
      ...cellsOf(said, columns),
    ]),
  ]);
  return aligned([[title, ...columns.map((column) => HEADINGS[column])], ...rows]);
}

/** Of more than these the JSON tells. */
const MOST_PLACES = 10;

/** Where a policy would deny most comes first. */
function placesOf(namespaces: PolicyGroup['namespaces']): readonly (readonly [string, RuleCounts])[] {
  const places = [...namespaces].map(
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
  places.sort((a, b) => b.said.denied - a.said.denied || b.said.warned - a.said.warned);
  const shown = places.slice(0, MOST_PLACES).map(({ name, said }) => [`in ${name}`, said] as const);
  const others = places.slice(MOST_PLACES).map(({ said }) => said);
  if (others.length === 0) return shown;
  const sum = others.reduce((a, b) => ({
    denied: a.denied + b.denied,
    warned: a.warned + b.warned,
    noted: a.noted + b.noted,
  }));
  return [...shown, [`in ${plural(others.length, 'other namespace')}`, sum]];
}

/** Of a rule and a place it is not counted how many Secrets it looked at. */
const cellsOf = (counts: Partial<Counts> | RuleCounts, columns: readonly Column[]): readonly string[] =>
  columns.map((column) => {
    const count = (counts as Partial<Counts>)[column];
    return count === undefined ? '' : count === 0 ? '-' : String(count);
  });

/** The first column to the left, numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
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
