import { setFlagsFromString } from 'node:v8';
import { type AuditNeeds, audit, type UnreadSecret } from '../../engine/audit/audit.ts';
import { AuditTally, type Tally } from '../../engine/audit/tally.ts';
import { decide } from '../../engine/decide/decide.ts';
import type { Surroundings } from '../../engine/evaluation/decision.ts';
import { type PolicySet, policySet } from '../../engine/policy/set.ts';
import type { Foresight } from '../../engine/reconcile/controller-preview.ts';
import type { Request, Secret } from '../../engine/secret/secret.ts';
import { LockstepError } from '../../errors.ts';
import { connect } from '../../kube/client/connect.ts';
import type { ListOptions } from '../../kube/client/list.ts';
import { readSecretPolicies } from '../../kube/objects/secret-policies.ts';
import { readSecrets } from '../../kube/secrets/list-secrets.ts';
import { type AuditFormat, auditReporter } from '../../report/audit/audit-formats.ts';
import type { AuditEnd, AuditReporter } from '../../report/audit/audit-report.ts';
import { auditText } from '../../report/audit/audit-text.ts';
import { surroundings } from '../cli/cli-context.ts';
import { coloured, type Shell } from '../cli/shell.ts';
import type { TryLogin } from '../login-attempts/attempts.ts';
import { type AuditPolicyOptions, gatherPolicies } from '../secret-session/merged-policies.ts';
import { type Labels, labelsFor } from '../secret-session/namespace-labels.ts';
import { openProgress, type Progress } from './progress.ts';
import { type AuditOutput, openAuditFile } from './report-file.ts';
import { foreseeing } from './write-preview.ts';

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
  const progress = openProgress(shell);
  try {
    return await auditAndTell(options, shell, progress, tryLogin);
  } finally {
    progress.clear();
  }
}

async function auditAndTell(
  options: AuditOptions,
  shell: Shell,
  progress: Progress,
  tryLogin: TryLogin | undefined,
): Promise<number> {
  const { namespace, format, output: path, summary, failOn } = options;
  const cluster = connect(options);
  const reading: ListOptions = {
    onRetry: () => progress.say(`${cluster.server} gave no whole answer, and is asked again`),
  };
  progress.say(`reading the policies of ${cluster.server}`);
  const stored = await readSecretPolicies(cluster, reading);
  const { policies, problems } = await gatherPolicies(stored, options, shell);
  const asRead = policies.map(({ policy }) => policy);
  const labels = await labelsFor(asRead, namespace, cluster, reading);

  const colour = coloured(shell.stdout, shell.env);
  const report = {
    reporter: auditReporter(format, colour && path === undefined),
    isSummary: summary,
    output: path === undefined ? onTerminal(progress) : openAuditFile(path),
    progress,
  };
  let isMixed = false;
  const secrets = readSecrets(cluster, namespace, {
    ...reading,
    signal: signalOf(shell),
    onExpired: () => {
      isMixed = true;
    },
  });
  progress.say(`reading the Secrets of ${cluster.server}`);
  const set = policySet(asRead);
  const around = surroundings(shell);
  const foresight = untilForbidden(
    foreseeing({
      cluster,
      policies: set,
      labels,
      around,
      tryLogin: options.connect === true ? tryLogin : undefined,
      connectTimeout: options.connectTimeout ?? CONNECT_TIMEOUT,
    }),
  );
  const { tally, error } = await judgeAll(
    secrets,
    { decide: deciderOf(set, around), ...foresight },
    labels,
    report,
  );

  const end: AuditEnd = {
    tally,
    policies: policies.map(({ policy, source }) => ({ name: policy.name, source })),
    errors: [...problems, ...foresight.faults, ...(error === undefined ? [] : [error])],
    isMixed,
  };
  report.output.write(report.reporter.end(end));
  report.output.close();
  if (path !== undefined) progress.print(auditText(colour).end(end));
  else if (format !== 'text') complainOf(end, shell);
  return exitCodeOf(end, failOn);
}

/** The report of a pipeline goes into a file; its log is to tell as well why it ended with 2. */
function complainOf({ errors }: AuditEnd, { stderr }: Shell): void {
  for (const error of errors) stderr.write(`lockstep: ${error}\n`);
}

/** Whoever stops it is told what was judged by then. */
function signalOf(shell: Shell): AbortSignal {
  const stop = new AbortController();
  shell.onSignal(() => stop.abort());
  return stop.signal;
}

/** Milliseconds. */
const CONNECT_TIMEOUT = 5000;

function deciderOf(set: PolicySet, around: Surroundings) {
  return (request: Request) => decide(request, set, around);
}

/** Whoever may not read records or workloads is told so once; the Secrets are judged all the same. */
function untilForbidden(foresee: (secret: Secret) => Promise<Foresight | undefined>) {
  const faults: string[] = [];
  return {
    faults,
    foresee: async (secret: Secret): Promise<Foresight | undefined> => {
      if (faults.length > 0) return undefined;
      try {
        return await foresee(secret);
      } catch (error) {
        if (!(error instanceof LockstepError)) throw error;
        faults.push(`what the controller would do is not told from here on: ${error.message}`);
        return undefined;
      }
    },
  };
}

const onTerminal = ({ print }: Progress): AuditOutput => ({
  write: print,
  close: () => {},
  abandon: () => {},
});

interface Report {
  readonly reporter: AuditReporter;
  /** Nothing but the counts. */
  readonly isSummary: boolean;
  readonly output: AuditOutput;
  readonly progress: Progress;
}

/** What was judged before reading failed is told all the same; where nothing was, there is nothing to tell. */
async function judgeAll(
  secrets: AsyncIterable<Secret | UnreadSecret>,
  judging: Pick<AuditNeeds, 'decide' | 'foresee'>,
  namespaceLabels: Labels,
  { reporter, isSummary, output, progress }: Report,
): Promise<{ readonly tally: Tally; readonly error: string | undefined }> {
  const tally = new AuditTally();
  try {
    await audit(secrets, {
      ...judging,
      namespaceLabels,
      observe: (audited) => {
        tally.add(audited);
        if (!isSummary) output.write(reporter.secret(audited));
        progress.tell(tally);
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

function exitCodeOf({ tally: { total }, errors }: AuditEnd, failOn: AuditOptions['failOn']): number {
  if (errors.length > 0) return 2;
  const failing = { deny: total.denied, warn: total.denied + total.warned, never: 0 }[failOn];
  return failing > 0 ? 1 : 0;
}
