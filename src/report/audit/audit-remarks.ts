import type { AuditResult } from '../../engine/audit/audit.ts';
import type { Action } from '../../engine/finding/finding.ts';
import type { ObjectWithFindings } from '../../engine/references/object-findings.ts';
import { printable } from '../printable.ts';
import { changeIntention, faultText } from '../wording.ts';
import { controllerPreviewLines, correctionFix, OVERDUE_FIX, overdueText } from './controller-preview.ts';

/** The effect of one remark. `controller`: an action of the controller. */
export type Outcome = 'denied' | 'warned' | 'recorded' | 'mutated' | 'controller' | 'overdue';

/** One line of a report about a Secret or another object. All texts are printable, and one line each. */
export interface AuditRemark {
  readonly outcome: Outcome;
  /** Empty if no rule caused it. */
  readonly rule: string;
  readonly key: string;
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
  return [
    ...decision.findings.map(({ rule, key, policy, action, message, fix }) => ({
      outcome: OUTCOME_BY_ACTION[action],
      rule,
      key: printable(key),
      policy: printable(policy),
      text: faultText({ rule, key, message }),
      fix: printable(fix),
    })),
    ...decision.changes.map(({ key, reason, effect }) => ({
      ...remark('mutated', `lockstep would ${changeIntention({ key, reason, effect })}`),
      rule: reason,
      key: printable(key),
      fix: correctionFix({ reason }, 'NAMESPACE/NAME'),
    })),
    ...(preview?.overdue ?? []).map((overdue) => ({
      ...remark('overdue', overdueText(overdue)),
      key: printable(overdue.key),
      policy: printable(overdue.policy),
      fix: OVERDUE_FIX,
    })),
    ...(preview === undefined ? [] : controllerPreviewLines(preview, secret.name)).map((line) =>
      remark('controller', line),
    ),
  ];
}

/** A finding about another object than a Secret is a warning. */
export const remarksOfObject = ({ findings }: ObjectWithFindings): readonly AuditRemark[] =>
  findings.map(({ rule, key, message, fix }) => ({
    ...remark('warned', message),
    rule,
    key: printable(key),
    fix: printable(fix),
  }));

const remark = (outcome: Outcome, text: string): AuditRemark => ({
  outcome,
  rule: '',
  key: '',
  policy: '',
  text: printable(text),
  fix: '',
});
