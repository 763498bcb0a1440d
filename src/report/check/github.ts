import { policySuffix } from '../../engine/secret/finding/finding.ts';
import type { CheckError, CheckedSecret, CheckReport } from '../check-report.ts';
import { printable } from '../printable.ts';
import {
  acceptedBy,
  type Level,
  type Remark,
  remarksOf,
  type SuppressedRemark,
  summaryLine,
  suppressedRemarksOf,
} from '../wording.ts';
import { hintsAndSkips, obsoleteText } from './hint-lines.ts';
import type { Reporter } from './reporter.ts';

const COMMAND_BY_LEVEL: Readonly<Record<Level, string>> = {
  error: 'error',
  warning: 'warning',
  note: 'notice',
};

/**
 * Workflow commands of GitHub Actions (actions/toolkit, packages/core/src/command.ts): one annotation for each result.
 */
export const github: Reporter = (report: CheckReport, options) => {
  const { secrets, objects, errors, baseline } = report;
  const lines = [
    ...errors.map(errorCommand),
    ...[...secrets, ...objects].flatMap((checked) =>
      remarksOf(checked, options).map((remark) => remarkCommand(checked, remark)),
    ),
    // Last: GitHub shows only the first ten notices of a step.
    ...[...secrets, ...objects].flatMap((checked) =>
      suppressedRemarksOf(checked).map((remark) => suppressedCommand(checked, remark)),
    ),
    ...[...obsoleteText(baseline), ...hintsAndSkips(report)].map((text) =>
      command('notice', { title: 'lockstep' }, text),
    ),
    summaryLine(report),
  ];
  return `${lines.join('\n')}\n`;
};

function remarkCommand(
  { file, ref }: Pick<CheckedSecret, 'file' | 'ref'>,
  { level, rule, policy, text, fix, line, column }: Remark,
): string {
  return command(
    COMMAND_BY_LEVEL[level],
    { file, line, col: column, title: `lockstep/${rule}` },
    `${ref}: ${text}: ${fix}${policySuffix(policy)}`,
  );
}

function suppressedCommand(
  { file, ref }: Pick<CheckedSecret, 'file' | 'ref'>,
  { rule, text, line, column, suppression }: SuppressedRemark,
): string {
  const properties = { file, line, col: column, title: `lockstep/${rule}` };
  return command('notice', properties, `${ref}: ${text}: ${acceptedBy(suppression)}`);
}

function errorCommand({ file, line, column, message }: CheckError): string {
  return command('error', { file, line, col: column, title: 'lockstep' }, `${file}: ${message}`);
}

function command(
  name: string,
  properties: Readonly<Record<string, string | number | undefined>>,
  message: string,
): string {
  const defined = Object.entries(properties).filter(([, value]) => value !== undefined);
  const list = defined.map(([key, value]) => `${key}=${escapeProperty(String(value))}`).join(',');
  return `::${name} ${list}::${escapeData(printable(message))}`;
}

const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const escapeProperty = (text: string): string =>
  printable(escapeData(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
