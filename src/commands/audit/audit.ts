import { setFlagsFromString } from 'node:v8';
import { type AuditNeeds, audit, type UnreadableSecret } from '../../engine/audit/audit.ts';
import { type AuditSummary, AuditTally } from '../../engine/audit/tally.ts';
import { decide } from '../../engine/decide/decide.ts';
import type { EngineContext } from '../../engine/evaluation/decision.ts';
import { type PolicySet, policySet } from '../../engine/policy/set.ts';
import type { ControllerPreview } from '../../engine/reconcile/controller-preview.ts';
import type { Request, Secret } from '../../engine/secret/secret.ts';
import { LockstepError } from '../../errors.ts';
import { connect } from '../../kube/client/connect.ts';
import type { ListOptions } from '../../kube/client/list.ts';
import { readSecretPolicies } from '../../kube/objects/secret-policies.ts';
import { listSecrets } from '../../kube/secrets/list-secrets.ts';
import { type AuditFormat, auditReporter } from '../../report/audit/audit-formats.ts';
import type { AuditReport, AuditReporter } from '../../report/audit/audit-report.ts';
import { auditText } from '../../report/audit/audit-text.ts';
import { cliContext } from '../cli/cli-context.ts';
import { coloured, type Shell } from '../cli/shell.ts';
import type { TryLogin } from '../login-attempts/attempts.ts';
import { type AuditPolicyOptions, mergePolicies } from '../secret-session/merged-policies.ts';
import { type LabelsLookup, readLabelsFor } from '../secret-session/namespace-labels.ts';
import { type AuditProgress, openAuditProgress } from './progress.ts';
import { openReportFile, type ReportOutput } from './report-file.ts';
import { writePreviewer } from './write-preview.ts';

export interface AuditOptions extends AuditPolicyOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly format: AuditFormat;
  readonly output?: string;
  readonly summary: boolean;
  readonly failOn: 'deny' | 'warn' | 'never';
  /** Try which password opens the server where a derived key disagrees. */
  readonly connect?: boolean;
  /** The longest time of one login. Milliseconds. */
  readonly connectTimeout?: number;
}

/** Judges the Secrets of the cluster and prints the report. Resolves with the exit code; throws a LockstepError where it could not begin. */
export async function auditCluster(
  options: AuditOptions,
  shell: Shell,
  tryLogin?: TryLogin,
): Promise<number> {
  // Most of what is read is garbage at once, which V8 would rather leave 70 MB of than collect.
  setFlagsFromString('--optimize-for-size');
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
  const { namespace, format, output: path, summary, failOn } = options;
  const cluster = connect(options);
  const listOptions: ListOptions = {
    onRetry: () => progress.showStatus(`${cluster.server} gave no whole answer, and is asked again`),
  };
  progress.showStatus(`reading the policies of ${cluster.server}`);
  const stored = await readSecretPolicies(cluster, listOptions);
  const { policies, problems } = await mergePolicies(stored, options, shell);
  const policyList = policies.map(({ policy }) => policy);
  const labels = await readLabelsFor(policyList, namespace, cluster, listOptions);

  const colour = coloured(shell.stdout, shell.env);
  const report = {
    reporter: auditReporter(format, colour && path === undefined),
    isSummary: summary,
    output: path === undefined ? onTerminal(progress) : openReportFile(path),
    progress,
  };
  let isMixed = false;
  const secrets = listSecrets(cluster, namespace, {
    ...listOptions,
    signal: signalOf(shell),
    onExpired: () => {
      isMixed = true;
    },
  });
  progress.showStatus(`reading the Secrets of ${cluster.server}`);
  const set = policySet(policyList);
  const context = cliContext(shell);
  const previewer = previewUntilForbidden(
    writePreviewer({
      cluster,
      policies: set,
      labels,
      around: context,
      tryLogin: options.connect === true ? tryLogin : undefined,
      connectTimeout: options.connectTimeout ?? CONNECT_TIMEOUT_MS,
    }),
  );
  const { tally, error } = await evaluateAll(
    secrets,
    { decide: decideWith(set, context), ...previewer },
    labels,
    report,
  );

  const end: AuditReport = {
    tally,
    policies: policies.map(({ policy, source }) => ({ name: policy.name, source })),
    errors: [...problems, ...previewer.faults, ...(error === undefined ? [] : [error])],
    isMixed,
  };
  report.output.write(report.reporter.finish(end));
  report.output.close();
  if (path !== undefined) progress.print(auditText(colour).finish(end));
  else if (format !== 'text') reportErrors(end, shell);
  return exitCodeOf(end, failOn);
}

/** The report of a pipeline goes into a file; its log is to tell as well why it ended with 2. */
function reportErrors({ errors }: AuditReport, { stderr }: Shell): void {
  for (const error of errors) stderr.write(`lockstep: ${error}\n`);
}

/** Whoever stops it is told what was judged by then. */
function signalOf(shell: Shell): AbortSignal {
  const stop = new AbortController();
  shell.onSignal(() => stop.abort());
  return stop.signal;
}

/** Milliseconds. */
const CONNECT_TIMEOUT_MS = 5000;

function decideWith(set: PolicySet, context: EngineContext) {
  return (request: Request) => decide(request, set, context);
}

/** Whoever may not read records or workloads is told so once; the Secrets are judged all the same. */
function previewUntilForbidden(preview: (secret: Secret) => Promise<ControllerPreview | undefined>) {
  const faults: string[] = [];
  return {
    faults,
    previewController: async (secret: Secret): Promise<ControllerPreview | undefined> => {
      if (faults.length > 0) return undefined;
      try {
        return await preview(secret);
      } catch (error) {
        if (!(error instanceof LockstepError)) throw error;
        faults.push(`what the controller would do is not told from here on: ${error.message}`);
        return undefined;
      }
    },
  };
}

const onTerminal = ({ print }: AuditProgress): ReportOutput => ({
  write: print,
  close: () => {},
  abandon: () => {},
});

interface ReportSink {
  readonly reporter: AuditReporter;
  /** Nothing but the counts. */
  readonly isSummary: boolean;
  readonly output: ReportOutput;
  readonly progress: AuditProgress;
}

/** What was judged before reading failed is told all the same; where nothing was, there is nothing to tell. */
async function evaluateAll(
  secrets: AsyncIterable<Secret | UnreadableSecret>,
  auditNeeds: Pick<AuditNeeds, 'decide' | 'previewController'>,
  namespaceLabels: LabelsLookup,
  { reporter, isSummary, output, progress }: ReportSink,
): Promise<{ readonly tally: AuditSummary; readonly error: string | undefined }> {
  const tally = new AuditTally();
  try {
    await audit(secrets, {
      ...auditNeeds,
      namespaceLabels,
      observe: (audited) => {
        tally.add(audited);
        if (!isSummary) output.write(reporter.secret(audited));
        progress.update(tally);
      },
    });
    return { tally, error: undefined };
  } catch (error) {
    const isOfReading = error instanceof LockstepError && error.code !== 'LOCKSTEP_UNWRITABLE';
    if (isOfReading && tally.total.secrets > 0) return { tally, error: error.message };
    output.abandon();
    throw error;
  }
}

function exitCodeOf({ tally: { total }, errors }: AuditReport, failOn: AuditOptions['failOn']): number {
  if (errors.length > 0) return 2;
  const failures = { deny: total.denied, warn: total.denied + total.warned, never: 0 }[failOn];
  return failures > 0 ? 1 : 0;
}
