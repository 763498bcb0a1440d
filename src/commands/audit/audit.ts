import { actionsWithin } from '../../engine/policy/actions.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import { decide } from '../../engine/review/decide/decide.ts';
import type { EngineContext } from '../../engine/review/evaluation/decision.ts';
import type { Action } from '../../engine/secret/finding/finding.ts';
import { REPORT_APIS, type ReportApi } from '../../engine/secret/finding/report-apis.ts';
import type { Request } from '../../engine/secret/secret.ts';
import { LockstepError } from '../../errors/errors.ts';
import { type Cluster, connect } from '../../kube/client/connect.ts';
import type { ListOptions } from '../../kube/client/list.ts';
import { installedReportApis } from '../../kube/objects/policy-reports.ts';
import { listSecrets } from '../../kube/secrets/list-secrets.ts';
import type { AuditFormat } from '../../report/audit/audit-formats.ts';
import type { AuditReport } from '../../report/audit/audit-report.ts';
import { auditText } from '../../report/audit/audit-text.ts';
import type { FailOn } from '../../report/failure.ts';
import { VERSION } from '../../version.ts';
import type { ClusterOptions } from '../cli/cluster-options.ts';
import { coloured, type Shell } from '../cli/shell.ts';
import { keepHeapSmall } from '../cli/small-heap.ts';
import { requireWritable, writeFileAtomically } from '../cli/write-file-atomically.ts';
import type { TryLogin } from '../login-attempts/attempts.ts';
import { readClusterPolicies } from '../policy-sources/cluster-policies.ts';
import { readLabelsFor } from '../policy-sources/namespace-labels.ts';
import type { PolicyFileOptions } from '../policy-sources/sourced-policies.ts';
import { evaluateAll, previewUntilForbidden } from './evaluate.ts';
import { type AuditProgress, openAuditProgress } from './progress.ts';
import {
  compareUntilStopped,
  NO_REFERENCES,
  NOT_COMPARED,
  readReferences,
  rememberKeys,
} from './references.ts';
import { loadAuditReporter } from './reporters.ts';
import { writePreviewer } from './write-preview.ts';

export interface AuditOptions extends PolicyFileOptions, ClusterOptions {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  /** A label selector in the syntax of kubectl. */
  readonly selector?: string;
  readonly lockstepNamespace: string;
  readonly format: AuditFormat | 'wide';
  /** The logins, instead of the findings. */
  readonly logins?: boolean;
  readonly output?: string;
  readonly summary: boolean;
  readonly failOn: FailOn;
  /** Undefined for the limit of the installation. */
  readonly maxAction?: Action;
  /** Try each password on the server if a derived key disagrees. */
  readonly connect?: boolean;
  /** The limit of one login, in milliseconds. */
  readonly connectTimeout?: number;
}

/**
 * Validates the Secrets of the cluster and prints the report. Resolves with the exit code. Throws a LockstepError if it
 * can't begin.
 */
export async function auditCluster(
  options: AuditOptions,
  shell: Shell,
  tryLogin?: TryLogin,
): Promise<number> {
  keepHeapSmall();
  const progress = openAuditProgress(shell);
  try {
    return await auditAndReport(options, shell, progress, tryLogin);
  } finally {
    progress.clear();
  }
}

async function auditAndReport(
  options: AuditOptions,
  shell: Shell,
  progress: AuditProgress,
  tryLogin: TryLogin | undefined,
): Promise<number> {
  const { selector, format, output: path, summary, failOn } = options;
  const namespace = options.allNamespaces === true ? undefined : options.namespace;
  if (format === 'wide') throw new LockstepError('BAD_OPTION', ['--format wide', 'it belongs to --logins']);
  if (format === 'report' && summary)
    throw new LockstepError('BAD_OPTION', [
      '--summary',
      'reports for the cluster hold findings, not only counts',
    ]);
  if (path !== undefined) await requireWritable(path);
  const cluster = connect({ ...options, env: shell.env });
  const listOptions: ListOptions = {
    onRetry: () => progress.showStatus(`${cluster.server} gave an incomplete answer; asking again`),
  };
  progress.showStatus(`reading the policies of ${cluster.server}`);
  const { policies, problems, context } = await readClusterPolicies(
    cluster,
    { ...options, isOptional: true },
    shell,
    listOptions,
  );
  const compiled = policies.map(({ policy }) => policy);
  const labels = await readLabelsFor(compiled, namespace, cluster, listOptions);
  const { maxAction } = context;

  const colour = coloured(shell.stdout, shell.env);
  const parts: string[] = [];
  const report = {
    reporter: await loadAuditReporter(format, {
      header: {
        cluster: cluster.server,
        namespace,
        startedAt: context.now(),
        version: VERSION,
        reportApi: format === 'report' ? await preferredReportApi(cluster) : undefined,
      },
      colour: colour && path === undefined,
    }),
    isSummary: summary,
    write: path === undefined ? progress.print : (text: string) => void parts.push(text),
    progress,
  };
  const signal = signalOf(shell);
  progress.showStatus(`reading the workloads of ${cluster.server}`);
  // A Secret without these labels is not read, so it would seem to be absent.
  const references =
    selector === undefined
      ? await readReferences(cluster, namespace, context, { ...listOptions, signal })
      : NO_REFERENCES;
  let isMixed = false;
  const secrets = listSecrets(
    cluster,
    { namespace, labelSelector: selector },
    {
      ...listOptions,
      signal,
      onExpired: () => {
        isMixed = true;
      },
    },
  );
  progress.showStatus(`reading the Secrets of ${cluster.server}`);
  const previewer = previewUntilForbidden(
    writePreviewer({
      cluster,
      policies: compiled,
      labels,
      context,
      tryLogin: options.connect === true ? tryLogin : undefined,
      connectTimeout: options.connectTimeout ?? CONNECT_TIMEOUT_MS,
    }),
  );
  const { tally, error } = await evaluateAll(
    rememberKeys(secrets, references),
    { decide: decideWith(compiled, context), ...previewer },
    labels,
    report,
  );

  const end: AuditReport = {
    tally,
    policies: policies.map(({ policy, source }) => ({
      name: policy.name,
      source,
      actions: actionsWithin(policy, maxAction),
    })),
    errors: [...problems, ...previewer.faults, ...(error === undefined ? [] : [error])],
    isMixed,
    maxAction,
    references: error === undefined ? await compareUntilStopped(references) : NOT_COMPARED,
    isSummary: summary,
  };
  report.write(report.reporter.finish(end));
  if (path !== undefined) {
    await writeFileAtomically(path, parts.join(''));
    progress.print(auditText(colour).finish(end));
  } else if (format !== 'text') reportErrors(end, shell);
  return exitCodeOf(end, failOn);
}

/** The kind that the cluster has. A cluster without one gets the reports of OpenReports. */
const preferredReportApi = async (cluster: Cluster): Promise<ReportApi> =>
  (await installedReportApis(cluster))[0] ?? REPORT_APIS[0];

/** A pipeline writes the report into a file. Its log must also state why the command exits with 2. */
function reportErrors({ errors }: AuditReport, { stderr }: Shell): void {
  for (const error of errors) stderr.write(`lockstep: ${error}\n`);
}

/** The first signal stops the audit. The report then covers the Secrets that were validated before it. */
function signalOf(shell: Shell): AbortSignal {
  const stop = new AbortController();
  shell.onSignal(() => stop.abort());
  return stop.signal;
}

const CONNECT_TIMEOUT_MS = 5000;

function decideWith(policies: readonly Policy[], context: EngineContext) {
  return (request: Request) => decide(request, policies, context);
}

function exitCodeOf(
  { tally: { total }, errors, references: { objects } }: AuditReport,
  failOn: AuditOptions['failOn'],
): number {
  if (errors.length > 0) return 2;
  const { denied, recorded } = total;
  const warned = total.warned + objects.length;
  const failures = { Enforce: denied, Warn: denied + warned, Audit: denied + warned + recorded, Never: 0 }[
    failOn
  ];
  return failures > 0 ? 1 : 0;
}
