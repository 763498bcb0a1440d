import type { AuditFormat } from '../../report/audit/audit-formats.ts';
import type { AuditHeader, AuditReporter } from '../../report/audit/audit-report.ts';

interface ReporterOptions {
  readonly header: AuditHeader;
  readonly colour: boolean;
}

/** Loads only the format that was chosen. */
export async function loadAuditReporter(
  format: AuditFormat,
  { header, colour }: ReporterOptions,
): Promise<AuditReporter> {
  switch (format) {
    case 'text':
      return (await import('../../report/audit/audit-text.ts')).auditText(colour);
    case 'json':
      return (await import('../../report/audit/audit-json.ts')).auditJson();
    case 'html':
      return (await import('../../report/audit/html/audit-html.ts')).auditHtml(header);
    case 'report':
      return (await import('../../report/audit/audit-reports.ts')).auditReports(header);
  }
}
