import type { AuditResult } from '../../engine/diagnosis/audit/audit.ts';
import type { Action } from '../../engine/secret/finding/finding.ts';
import type { ObjectWithFindings } from '../../engine/workloads/references/object-findings.ts';
import { printable } from '../printable.ts';
import { changeIntention, faultText } from '../wording.ts';
import { controllerPreviewLines } from './controller-preview.ts';

/** The effect of one remark. `controller`: an action of the controller. */
export type Outcome = 'denied' | 'warned' | 'recorded' | 'mutated' | 'controller' | 'overdue';

/** One line of a report about a Secret or another object. All texts are printable, and one line each. */
export interface AuditRemark {
  readonly outcome: Outcome;
  /** Empty if no rule caused it. */
  readonly rule: string;
  readonly policy: string;
  readonly text: string;
  /** Empty if there is nothing to do. */
  readonly fix: string;
}

const OUTCOME_BY_ACTION: Readonly<Record<Action, Outcome>> = {
  Enforce: 'denied',
  Warn: 'warned',
  Audit: 'recorded',
};

/** The remarks of a Secret: its findings, its mutations, overdue keys, and the actions of the controller. */
export function remarksOfResult({ secret, decision, preview }: AuditResult): readonly AuditRemark[] {
  const { namespace, name } = secret;
  return [
    ...decision.findings.map(({ rule, key, policy, action, message, fix }) =>
      remark(OUTCOME_BY_ACTION[action], faultText({ rule, key, message }), { rule, policy, fix }),
    ),
    ...decision.changes.map((change) =>
      remark('mutated', `lockstep would ${changeIntention(change)}`, {
        rule: change.reason,
        // The command corrects derived keys only.
        fix:
          change.reason === 'mismatch' || change.reason === 'derived'
            ? `see lockstep heal ${namespace}/${name} --dry-run`
            : '',
      }),
    ),
    ...(preview?.overdue ?? []).map(({ key, policy, since }) =>
      remark(
        'overdue',
        `${key} is older than policy ${policy} allows since ${since.toISOString().slice(0, 10)}`,
        { policy, fix: 'set a new value' },
      ),
    ),
    ...(preview === undefined ? [] : controllerPreviewLines(preview, name)).map((line) =>
      remark('controller', line),
    ),
  ];
}

/** A finding about another object than a Secret is a warning. */
export const remarksOfObject = ({ findings }: ObjectWithFindings): readonly AuditRemark[] =>
  findings.map(({ rule, message, fix }) => remark('warned', message, { rule, fix }));

const remark = (
  outcome: Outcome,
  text: string,
  { rule = '', policy = '', fix = '' }: Partial<Pick<AuditRemark, 'rule' | 'policy' | 'fix'>> = {},
): AuditRemark => ({
  outcome,
  rule,
  policy: printable(policy),
  text: printable(text),
  fix: printable(fix),
});
