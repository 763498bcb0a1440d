import type { CheckReport } from '../check-report.ts';
import type { Reporter } from './reporter.ts';

/** The contract, field by field. Other members of the report are for people. */
export const json: Reporter = ({ secrets, errors }: CheckReport) => {
  const contract = {
    secrets: secrets.map(({ ref, file, line, verdict, skipReason, findings, changes }) => ({
      ref,
      file,
      line,
      verdict,
      ...(verdict === 'skip' && skipReason !== undefined ? { reason: skipReason } : {}),
      findings: findings.map(({ rule, key, action, message, fix, line: at, column }) => ({
        rule,
        key,
        action,
        message,
        fix,
        line: at,
        column,
      })),
      changes: changes.map(({ key, reason }) => ({ key, reason })),
    })),
    errors: errors.map(({ file, line, column, message }) => ({
      file,
      line: line ?? null,
      ...(column === undefined ? {} : { column }),
      message,
    })),
  };
  return `${JSON.stringify(contract, null, 2)}\n`;
};
