import { IGNORE_COMMENT } from '../../../engine/review/rules/manifest-rules.ts';
import { denies } from '../../../engine/secret/finding/finding.ts';
import type {
  CheckedObject,
  CheckedSecret,
  CheckFinding,
  CheckReport,
  SuppressedFinding,
  Suppression,
} from '../../../report/check-report.ts';

/** A finding, or a change that lockstep will make, with its place. */
export interface SuppressionSubject {
  readonly file: string;
  /** Undefined for a Secret. */
  readonly kind: string | undefined;
  readonly ref: string;
  readonly key: string;
  readonly rule: string;
  readonly line: number;
  /** `--strict` alone fails because of it. */
  readonly isChange: boolean;
}

export type SuppressionLookup = (subject: SuppressionSubject) => Suppression | undefined;

/** The report with each finding moved that is accepted. `suppressionOf` is asked once for each, in their order. */
export const withSuppressions = (report: CheckReport, suppressionOf: SuppressionLookup): CheckReport => ({
  ...report,
  secrets: report.secrets.map((secret) => suppressInSecret(secret, suppressionOf)),
  objects: report.objects.map((object) => suppressIn(object, object.kind, suppressionOf)),
});

function suppressInSecret(secret: CheckedSecret, suppressionOf: SuppressionLookup): CheckedSecret {
  const { file, ref } = secret;
  const suppressed = suppressIn(secret, undefined, suppressionOf);
  const changes = secret.changes.map((change) => {
    if (change.suppression !== undefined) return change;
    const { key, reason: rule, line } = change;
    const suppression = suppressionOf({ file, kind: undefined, ref, key, rule, line, isChange: true });
    return suppression === undefined ? change : { ...change, suppression };
  });
  const isAccepted = secret.verdict === 'deny' && !suppressed.findings.some(denies);
  const verdict = isAccepted ? (secret.verdictOtherwise ?? 'allow') : secret.verdict;
  return { ...suppressed, changes, verdict };
}

function suppressIn<Checked extends CheckedSecret | CheckedObject>(
  checked: Checked,
  kind: string | undefined,
  suppressionOf: SuppressionLookup,
): Checked {
  const { file, ref, findings } = checked;
  const remaining: CheckFinding[] = [];
  const suppressed: SuppressedFinding[] = [...(checked.suppressed ?? [])];
  for (const finding of findings) {
    const { key, rule, line } = finding;
    const suppression =
      rule === IGNORE_COMMENT
        ? undefined
        : suppressionOf({ file, kind, ref, key, rule, line, isChange: false });
    if (suppression === undefined) remaining.push(finding);
    else suppressed.push({ ...finding, suppression });
  }
  return suppressed.length === 0 ? checked : { ...checked, findings: remaining, suppressed };
}
