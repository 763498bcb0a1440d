import { denies } from '../../engine/secret/finding/finding.ts';
import type {
  CheckedObject,
  CheckedSecret,
  CheckFinding,
  CheckReport,
  OtherPlace,
  SharedFault,
} from '../../report/check-report.ts';
import { kindOf, plural } from '../../report/wording.ts';

/**
 * The report with each shared fault once: fourteen workloads that read one missing Secret have one finding. Must be
 * called after a person's acceptances, which name each object for itself.
 */
export function withoutRepetition(report: CheckReport): CheckReport {
  const byFault = Map.groupBy(
    sharedFindings(report),
    ({ finding: { rule }, shared }) => `${rule} ${shared.id}`,
  );
  const groups = [...byFault.values()];
  if (groups.every(({ length }) => length === 1)) return report;
  const first = new Map(groups.map((group) => [group[0]?.finding, group]));
  const repeated = new Set(groups.flatMap((group) => group.slice(1).map(({ finding }) => finding)));
  const merge = <Checked extends CheckedSecret | CheckedObject>(checked: Checked): Checked => ({
    ...checked,
    findings: checked.findings
      .filter((finding) => !repeated.has(finding))
      .map((finding) => withOthers(finding, first.get(finding))),
  });
  return {
    ...report,
    secrets: report.secrets.map(merge),
    objects: report.objects
      .map(merge)
      .filter(({ findings, suppressed = [] }) => findings.length + suppressed.length > 0),
  };
}

interface SharedFinding {
  readonly finding: CheckFinding;
  readonly shared: SharedFault;
  readonly checked: CheckedSecret | CheckedObject;
}

const sharedFindings = ({ secrets, objects }: CheckReport): readonly SharedFinding[] =>
  [...secrets, ...objects].flatMap((checked) =>
    checked.findings.flatMap((finding) => {
      const shared = finding.shared ?? ofOverlays(checked, finding);
      return shared === undefined ? [] : { finding, shared, checked };
    }),
  );

/** Overlays repeat a Secret with its warnings. A refusal is shown in each place, because each one must be corrected. */
function ofOverlays({ ref }: CheckedSecret | CheckedObject, finding: CheckFinding): SharedFault | undefined {
  const { policy, key, message } = finding;
  if (policy === undefined || denies(finding)) return undefined;
  return {
    id: JSON.stringify([ref, key, message]),
    messageWith: ({ length }) => `${message}; the same in ${plural(length, 'more place')}`,
  };
}

function withOthers(finding: CheckFinding, group: readonly SharedFinding[] = []): CheckFinding {
  const [first, ...others] = group;
  if (first === undefined || others.length === 0) return finding;
  const places = new Map<CheckedSecret | CheckedObject, OtherPlace>();
  for (const { checked, finding: other } of others) {
    const { ref, file } = checked;
    if (checked !== first.checked)
      places.set(checked, { kind: kindOf(checked), ref, file, line: other.line });
  }
  const also = [...places.values()];
  const repetitions = others.filter(({ checked }) => checked === first.checked).length;
  const message = first.shared.messageWith(also, repetitions);
  return { ...finding, message, ...(also.length > 0 && { also }) };
}
