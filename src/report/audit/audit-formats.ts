import { auditJson } from './audit-json.ts';
import type { AuditReporter } from './audit-report.ts';
import { auditText } from './audit-text.ts';

export const AUDIT_FORMATS = ['text', 'json'] as const;
export type AuditFormat = (typeof AUDIT_FORMATS)[number];

export const auditReporter = (format: AuditFormat, colour: boolean): AuditReporter =>
  format === 'json' ? auditJson() : auditText(colour);
