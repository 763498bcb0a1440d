export const AUDIT_FORMATS = ['text', 'json', 'html', 'report'] as const;
export type AuditFormat = (typeof AUDIT_FORMATS)[number];
