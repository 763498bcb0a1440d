import type { AuditResult } from '../../engine/audit/audit.ts';
import type { AuditSummary } from '../../engine/audit/tally.ts';
import { hasPlannedAction } from '../../engine/reconcile/controller-preview.ts';

/** A report of an audit is written while Secrets are read: none of them waits for its end. Each function gives the text that is next. */
export interface AuditReporter {
  /** Empty where there is nothing to tell. */
  readonly secret: (audited: AuditResult) => string;
  readonly finish: (end: AuditReport) => string;
}

export interface AuditReport {
  readonly tally: AuditSummary;
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
export const isReportable = ({ decision: { findings, changes }, preview }: AuditResult): boolean =>
  findings.length > 0 || changes.length > 0 || (preview !== undefined && hasPlannedAction(preview));
