import { type AuditNeeds, audit, type UnreadableSecret } from '../../engine/diagnosis/audit/audit.ts';
import type { ControllerPreview } from '../../engine/diagnosis/audit/controller-preview.ts';
import { type AuditSummary, AuditTally } from '../../engine/diagnosis/audit/tally.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { AuditReporter } from '../../report/audit/audit-report.ts';
import type { LabelsLookup } from '../policy-sources/namespace-labels.ts';
import type { AuditProgress } from './progress.ts';

export interface ReportSink {
  readonly reporter: AuditReporter;
  /** Print only the counts. */
  readonly isSummary: boolean;
  readonly write: (text: string) => void;
  readonly progress: AuditProgress;
}

/** If reading fails in the middle, reports the Secrets that were validated before. If there are none, it throws. */
export async function evaluateAll(
  secrets: AsyncIterable<Secret | UnreadableSecret>,
  auditNeeds: Pick<AuditNeeds, 'decide' | 'previewController'>,
  namespaceLabels: LabelsLookup,
  { reporter, isSummary, write, progress }: ReportSink,
): Promise<{ readonly tally: AuditSummary; readonly error: string | undefined }> {
  const tally = new AuditTally();
  try {
    await audit(secrets, {
      ...auditNeeds,
      namespaceLabels,
      observe: (audited) => {
        tally.add(audited);
        if (!isSummary) write(reporter.secret(audited));
        progress.update(tally);
      },
    });
    return { tally, error: undefined };
  } catch (error) {
    if (error instanceof LockstepError && tally.total.secrets > 0) return { tally, error: error.message };
    throw error;
  }
}

/** Prints one notice if this user may not read records or workloads. The Secrets are validated without them. */
export function previewUntilForbidden(preview: (secret: Secret) => Promise<ControllerPreview | undefined>) {
  const faults: string[] = [];
  return {
    faults,
    previewController: async (secret: Secret): Promise<ControllerPreview | undefined> => {
      if (faults.length > 0) return undefined;
      try {
        return await preview(secret);
      } catch (error) {
        if (!(error instanceof LockstepError)) throw error;
        faults.push(`the report omits the writes of the controller from here on: ${error.message}`);
        return undefined;
      }
    },
  };
}
