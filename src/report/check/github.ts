import { policySuffix } from '../../engine/finding/finding.ts';
import type { CheckError, CheckedSecret, CheckReport } from '../check-report.ts';
import { printable } from '../printable.ts';
import { type Level, objectRemarksOf, type Remark, remarksOf, summaryLine } from '../wording.ts';
import type { Reporter } from './reporter.ts';

const COMMAND_BY_LEVEL: Readonly<Record<Level, string>> = {
  error: 'error',
  warning: 'warning',
  note: 'notice',
};

/**
 * Workflow commands of GitHub Actions (actions/toolkit, packages/core/src/command.ts): one annotation for each result.
 */
export const github: Reporter = (report: CheckReport, { strict }) => {
  const { secrets, objects, errors } = report;
  const lines = [
    ...errors.map(errorCommand),
    ...secrets.flatMap((secret) => remarksOf(secret, strict).map((remark) => remarkCommand(secret, remark))),
    ...objects.flatMap((object) =>
      objectRemarksOf(object, strict).map((remark) => remarkCommand(object, remark)),
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
