import type { AuditResult } from '../../engine/diagnosis/audit/audit.ts';
import { hasPlannedAction } from '../../engine/diagnosis/audit/controller-preview.ts';
import type { AuditSummary } from '../../engine/diagnosis/audit/tally.ts';
import type { Action } from '../../engine/secret/finding/finding.ts';
import type { ReportApi } from '../../engine/secret/finding/report-apis.ts';
import type { ComparedReferences } from '../../engine/workloads/references/reference-index.ts';

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
  readonly policies: readonly AuditedPolicy[];
  /** Errors of reading. With any of them, the report is incomplete. */
  readonly errors: readonly string[];
  /** A Secret that was written during the audit may be reported in its state before or after the write. */
  readonly isMixed: boolean;
  /** The strongest action of the installation, or of the option. It limits each finding. */
  readonly maxAction: Action;
  readonly references: AuditedReferences;
  /** Report only the counts. */
  readonly isSummary: boolean;
}

/** The facts that are known before the first Secret is read. */
export interface AuditHeader {
  /** `https://HOST:PORT` of the API server. */
  readonly cluster: string;
  /** Undefined for all namespaces. */
  readonly namespace: string | undefined;
  readonly startedAt: Date;
  readonly version: string;
  /** The kind of reports that the cluster has. Undefined if no report of this kind is asked for. */
  readonly reportApi?: ReportApi | undefined;
}

export interface AuditedReferences extends Pick<ComparedReferences, 'objects' | 'made'> {
  /** The kinds of objects that could not be read. Their references were not compared. */
  readonly unread: readonly string[];
}

/** The notes about the limit of actions and about references, one sentence each. */
export const auditNotes = ({
  maxAction,
  references: { made, unread },
  isSummary,
}: AuditReport): readonly string[] => [
  ...(maxAction === 'Enforce' ? [] : [limitNote(maxAction)]),
  ...(isSummary
    ? []
    : made.map(({ secret, maker }) => `the Secret ${secret} does not exist yet: ${maker} makes it`)),
  ...(unread.length === 0
    ? []
    : [`references to Secrets were compared without ${unread.join(', ')}, which could not be read`]),
];

const limitNote = (maxAction: Action): string =>
  `--max-action ${maxAction} limits each action, so no Secret is denied; --max-action Enforce shows the result without this limit`;

export interface AuditedPolicy {
  readonly name: string;
  readonly source: 'built-in' | 'cluster' | 'file';
  /** The actions of its entries, the strongest first. */
  readonly actions: readonly Action[];
}

/** Whether the Secret has a result to report. */
export const isReportable = ({ decision: { findings, changes }, preview }: AuditResult): boolean =>
  findings.length > 0 ||
  changes.length > 0 ||
  (preview !== undefined && (hasPlannedAction(preview) || preview.overdue.length > 0));
