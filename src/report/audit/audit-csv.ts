import type { AuditCounts } from '../../engine/audit/tally.ts';
import { ownerOf } from '../../engine/secret/owners.ts';
import { printable } from '../printable.ts';
import { remarksOfObject, remarksOfResult } from './audit-remarks.ts';
import { type AuditReporter, auditNotes, isReportable } from './audit-report.ts';

/**
 * RFC 4180, for a spreadsheet: one row for each finding, mutation and action. With `--summary`, the counts by
 * namespace and rule. Errors and notes are the last rows, so that nobody takes a part for the whole.
 */
export function auditCsv(): AuditReporter {
  let isBegun = false;
  const begin = (columns: readonly string[]): string => {
    if (isBegun) return '';
    isBegun = true;
    return row(columns);
  };
  return {
    secret: (audited) => {
      if (!isReportable(audited)) return '';
      const { secret, verdict } = audited;
      const subject = ['Secret', secret.namespace, secret.name, verdict, ownerOf(secret) ?? ''];
      const rows = remarksOfResult(audited).map(({ outcome, rule, key, policy, text, fix }) =>
        row([...subject, outcome, rule, key, policy, text, fix]),
      );
      return `${begin(COLUMNS)}${rows.join('')}`;
    },
    finish: (report) => {
      const { tally, references, errors, isSummary } = report;
      if (isSummary) {
        const counts = [...tally.namespaces].flatMap(([namespace, group]) => [
          row([namespace, '', ...COUNTS.map((name) => String(group.counts[name]))]),
          ...[...group.rules].map(([rule, found]) =>
            row([namespace, rule, `${found.denied}`, `${found.warned}`, `${found.recorded}`, '', '']),
          ),
        ]);
        return `${begin(['namespace', 'rule', ...COUNTS])}${counts.join('')}`;
      }
      const objects = references.objects.flatMap((object) =>
        remarksOfObject(object).map(({ outcome, rule, key, policy, text, fix }) =>
          row([object.kind, object.namespace, object.name, '', '', outcome, rule, key, policy, text, fix]),
        ),
      );
      const remark = (outcome: string) => (message: string) =>
        row(['', '', '', '', '', outcome, '', '', '', message, '']);
      const ends = [...auditNotes(report).map(remark('note')), ...errors.map(remark('error'))];
      return `${begin(COLUMNS)}${[...objects, ...ends].join('')}`;
    },
  };
}

const COLUMNS = [
  'kind',
  'namespace',
  'name',
  'verdict',
  'owner',
  'outcome',
  'rule',
  'key',
  'policy',
  'message',
  'fix',
];

const COUNTS: readonly (keyof AuditCounts)[] = ['denied', 'warned', 'recorded', 'mutated', 'secrets'];

/** A spreadsheet computes a cell that begins like this, also between quotes. The last four are full-width forms. */
const FORMULA = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;

/** An apostrophe in front marks a cell as text. */
const cell = (text: string): string => {
  const shown = printable(text);
  return `"${(FORMULA.test(shown) ? `'${shown}` : shown).replaceAll('"', '""')}"`;
};

const row = (cells: readonly string[]): string => `${cells.map(cell).join(',')}\r\n`;
