import type { CheckFinding, CheckReport, SuppressedFinding, Suppression } from '../check-report.ts';
import { hintGroups } from './hint-lines.ts';
import type { Reporter } from './reporter.ts';

/** The contract, field by field. */
export const json: Reporter = ({ secrets, objects, errors, hints, files, baseline }: CheckReport) => {
  const contract = {
    secrets: secrets.map(({ ref, file, line, verdict, skipReason, findings, suppressed, changes }) => ({
      ref,
      file,
      line,
      verdict,
      ...(verdict === 'skip' && skipReason !== undefined ? { reason: skipReason } : {}),
      findings: findings.map(findingMembers),
      suppressed: suppressedMembers(suppressed),
      changes: changes.map(({ key, reason, suppression }) => ({
        key,
        reason,
        ...(suppression === undefined ? {} : { suppression: suppressionMembers(suppression) }),
      })),
    })),
    objects: objects.map(({ kind, ref, file, line, findings, suppressed }) => ({
      kind,
      ref,
      file,
      line,
      findings: findings.map(findingMembers),
      suppressed: suppressedMembers(suppressed),
    })),
    errors: errors.map(({ file, line, column, message }) => ({
      file,
      line: line ?? null,
      ...(column === undefined ? {} : { column }),
      message,
    })),
    hints: hintGroups(hints).map(({ kind, text, group }) => ({
      kind,
      message: text,
      files: [...new Set(group.map(({ file }) => file))],
    })),
    files,
    ...(baseline === undefined ? {} : { baseline }),
  };
  return `${JSON.stringify(contract, null, 2)}\n`;
};

/** JSON leaves out an undefined policy, and the other places if there are none. */
const findingMembers = ({ rule, key, action, message, fix, line, column, policy, also }: CheckFinding) => ({
  rule,
  key,
  action,
  message,
  fix,
  line,
  column,
  policy,
  also,
});

const suppressedMembers = (suppressed: readonly SuppressedFinding[] = []) =>
  suppressed.map(({ suppression, ...finding }) => ({
    ...findingMembers(finding),
    suppression: suppressionMembers(suppression),
  }));

/** `inSource` or `external`, as in SARIF. JSON leaves out an undefined reason. */
const suppressionMembers = ({ kind, reason }: Suppression) => ({ kind, reason });
