import type { CheckFinding, CheckReport } from '../check-report.ts';
import type { Reporter } from './reporter.ts';

/** The contract, field by field. Other members of the report are for people. */
export const json: Reporter = ({ secrets, objects, errors }: CheckReport) => {
  const contract = {
    secrets: secrets.map(({ ref, file, line, verdict, skipReason, findings, changes }) => ({
      ref,
      file,
      line,
      verdict,
      ...(verdict === 'skip' && skipReason !== undefined ? { reason: skipReason } : {}),
      findings: findings.map(findingMembers),
      changes: changes.map(({ key, reason }) => ({ key, reason })),
    })),
    objects: objects.map(({ kind, ref, file, line, findings }) => ({
      kind,
      ref,
      file,
      line,
      findings: findings.map(findingMembers),
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

/** JSON leaves out an undefined policy. */
const findingMembers = ({ rule, key, action, message, fix, line, column, policy }: CheckFinding) => ({
  rule,
  key,
  action,
  message,
  fix,
  line,
  column,
  policy,
});
