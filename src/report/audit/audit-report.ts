import type { AuditResult } from '../../engine/audit/audit.ts';
import type { AuditSummary } from '../../engine/audit/tally.ts';
import { hasPlannedAction } from '../../engine/reconcile/controller-preview.ts';

/**
 * The report of an audit is written while Secrets are read, so that no Secret waits for the end. Each function returns
 * the next part of the text.
 */
export interface AuditReporter {
  /** Empty if the Secret has nothing to report. */
  readonly secret: (audited: AuditResult) => string;
  readonly finish: (end: AuditReport) => string;
}

export interface AuditReport {
  readonly tally: AuditSummary;
  /** All policies of the audit. */
  readonly policies: readonly AuditedPolicy[];
  /** Errors of reading. With any of them, the report is incomplete. */
  readonly errors: readonly string[];
  /** A Secret that was written during the audit may be reported in its state before or after the write. */
  readonly isMixed: boolean;
}

export interface AuditedPolicy {
  readonly name: string;
  readonly source: 'built-in' | 'cluster' | 'file';
}

/** Whether the Secret has a result to report. */
export const isReportable = ({ decision: { findings, changes }, preview }: AuditResult): boolean =>
  findings.length > 0 || changes.length > 0 || (preview !== undefined && hasPlannedAction(preview));
