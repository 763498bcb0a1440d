import type { Audited } from '../../engine/audit/audit.ts';
import type { Tally } from '../../engine/audit/tally.ts';
import { isForeseen } from '../../engine/reconcile/controller-preview.ts';

/** A report of an audit is written while Secrets are read: none of them waits for its end. Each function gives the text that is next. */
export interface AuditReporter {
  /** Empty where there is nothing to tell. */
  readonly secret: (audited: Audited) => string;
  readonly end: (end: AuditEnd) => string;
}

export interface AuditEnd {
  readonly tally: Tally;
  /** All that judged. */
  readonly policies: readonly AuditedPolicy[];
  /** What could not be read; with any of them the report is not whole. */
  readonly errors: readonly string[];
  /** Secrets that were written while they were read may be told as they were before or after. */
  readonly isMixed: boolean;
}

export interface AuditedPolicy {
  readonly name: string;
  readonly source: 'built-in' | 'cluster' | 'file';
}

/** There is something to tell of it. */
export const isTold = ({ decision: { findings, changes }, foreseen }: Audited): boolean =>
  findings.length > 0 || changes.length > 0 || (foreseen !== undefined && isForeseen(foreseen));
