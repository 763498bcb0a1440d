/** A kind of reports of findings. Their content has the same fields. */
export interface ReportApi {
  readonly apiVersion: string;
  readonly kind: 'Report' | 'PolicyReport';
  readonly plural: string;
  /** Fields of the whole report that only this kind has. */
  readonly fields: object;
}

/** OpenReports is the successor of the reports of the policy working group, so it comes first. */
export const REPORT_APIS: readonly [ReportApi, ReportApi] = [
  {
    apiVersion: 'openreports.io/v1alpha1',
    kind: 'Report',
    plural: 'reports',
    fields: { source: 'lockstep' },
  },
  { apiVersion: 'wgpolicyk8s.io/v1alpha2', kind: 'PolicyReport', plural: 'policyreports', fields: {} },
];
