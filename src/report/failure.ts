import { IGNORE_COMMENT } from '../engine/review/rules/manifest-rules.ts';
import { type Action, milder } from '../engine/secret/finding/finding.ts';
import type { CheckChange, CheckedObject, CheckedSecret, CheckFinding } from './check-report.ts';

/** The mildest action of a finding that fails the check. */
export type FailOn = Action | 'Never';

export const FAIL_ON: readonly FailOn[] = ['Enforce', 'Warn', 'Audit', 'Never'];

export interface FailureOptions {
  /** A value that lockstep would correct also fails the check, and so does a finding about another object. */
  readonly strict: boolean;
  /** Undefined: `Enforce`. */
  readonly failOn?: FailOn | undefined;
}

export const findingFails = (
  { action }: Pick<CheckFinding, 'action'>,
  { failOn = 'Enforce' }: FailureOptions,
): boolean => failOn !== 'Never' && milder(action, failOn) === failOn;

/** With `strict`, a missing reference fails the check. A comment without an effect remains a warning. */
export const objectFindingFails = (finding: CheckFinding, options: FailureOptions): boolean =>
  findingFails(finding, options) || isStrictFault(finding, options);

export const isStrictFault = ({ rule }: CheckFinding, { strict }: FailureOptions): boolean =>
  strict && rule !== IGNORE_COMMENT;

export const changeFails = ({ suppression }: CheckChange, { strict }: FailureOptions): boolean =>
  strict && suppression === undefined;

/** Whether a finding or a change fails the check. Errors of reading do so in any case. */
export const checkFails = (
  {
    secrets,
    objects,
  }: { readonly secrets: readonly CheckedSecret[]; readonly objects: readonly CheckedObject[] },
  options: FailureOptions,
): boolean =>
  secrets.some(
    ({ findings, changes }) =>
      findings.some((finding) => findingFails(finding, options)) ||
      changes.some((change) => changeFails(change, options)),
  ) || objects.some(({ findings }) => findings.some((finding) => objectFindingFails(finding, options)));
