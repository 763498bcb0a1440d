import type { AuditResult } from '../../engine/diagnosis/audit/audit.ts';
import { type Finding, strongestFirst } from '../../engine/secret/finding/finding.ts';
import {
  addCounts,
  countsOf,
  MAX_RESULTS,
  NO_COUNTS,
  type ReportedSecret,
  reportOf,
} from '../../engine/secret/finding/policy-report.ts';
import { REPORT_APIS } from '../../engine/secret/finding/report-apis.ts';
import type { AuditHeader, AuditReporter } from './audit-report.ts';

/** Not the name of the controller's report, which the controller would replace. */
const NAME = 'lockstep-audit';
/** So many findings are held before the weakest are dropped. */
const MAX_HELD = 4 * MAX_RESULTS;

/** A List for kubectl with one report for each namespace with findings, of the kind that the cluster has. */
export function auditReports({ startedAt, reportApi = REPORT_APIS[0] }: AuditHeader): AuditReporter {
  const { apiVersion, kind, fields } = reportApi;
  let current: NamespaceFindings | undefined;
  let separator = '{"apiVersion": "v1", "kind": "List", "items": [\n';

  function written(findings: NamespaceFindings | undefined): string {
    if (findings === undefined) return '';
    const metadata = {
      name: NAME,
      namespace: findings.namespace,
      labels: { 'app.kubernetes.io/managed-by': NAME },
    };
    const report = {
      apiVersion,
      kind,
      metadata,
      ...fields,
      ...reportOf(findings.secrets(), undefined, startedAt),
    };
    const text = `${separator}${JSON.stringify(report)}`;
    separator = ',\n';
    return text;
  }

  return {
    secret: (audited) => {
      if (audited.decision.findings.length === 0) return '';
      const { namespace } = audited.secret;
      const before = current?.namespace === namespace ? undefined : current;
      if (current?.namespace !== namespace) current = namespaceFindings(namespace);
      current?.add(audited);
      return written(before);
    },
    finish: () => {
      const last = written(current);
      return `${last}${separator === ',\n' ? '' : separator}\n]}\n`;
    },
  };
}

interface NamespaceFindings {
  readonly namespace: string;
  readonly add: (audited: AuditResult) => void;
  readonly secrets: () => readonly ReportedSecret[];
}

/** The strongest findings of a namespace, and the counts of all: memory does not grow with the Secrets. */
function namespaceFindings(namespace: string): NamespaceFindings {
  let held: { readonly name: string; readonly finding: Finding }[] = [];
  let counts = NO_COUNTS;
  return {
    namespace,
    add: ({ secret: { name }, decision: { findings } }) => {
      counts = addCounts(counts, countsOf(findings));
      held.push(...findings.map((finding) => ({ name, finding })));
      if (held.length > MAX_HELD)
        held = held.sort((a, b) => strongestFirst(a.finding, b.finding)).slice(0, MAX_RESULTS);
    },
    // The first one carries the counts of all.
    secrets: () =>
      held.map(({ name, finding }, index) => ({
        namespace,
        name,
        findings: [finding],
        counts: index === 0 ? counts : NO_COUNTS,
      })),
  };
}
