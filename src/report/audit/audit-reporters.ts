import type { AuditFormat } from './audit-formats.ts';
import type { AuditHeader, AuditReporter } from './audit-report.ts';

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
      return (await import('./audit-text.ts')).auditText(colour);
    case 'json':
      return (await import('./audit-json.ts')).auditJson();
    case 'html':
      return (await import('./html/audit-html.ts')).auditHtml(header);
    case 'report':
      return (await import('./audit-reports.ts')).auditReports(header);
  }
}
