import { hasWeakHash, type LoginReport, type LoginRow } from '../../../engine/diagnosis/ready/login-row.ts';
import type { Action } from '../../../engine/secret/finding/finding.ts';
import { LockstepError } from '../../../errors/errors.ts';
import { connect } from '../../../kube/client/connect.ts';
import { loginsJson } from '../../../report/audit/logins/logins-json.ts';
import { loginsText } from '../../../report/audit/logins/logins-text.ts';
import type { FailOn } from '../../../report/failure.ts';
import { clusterAdapter } from '../../adapters/cluster-adapter.ts';
import type { ClusterOptions } from '../../cli/cluster-options.ts';
import { ROLLOUT_TIMEOUT } from '../../cli/duration.ts';
import type { Shell } from '../../cli/shell.ts';
import { keepHeapSmall } from '../../cli/small-heap.ts';
import type { PolicyFileOptions } from '../../policy-sources/sourced-policies.ts';
import { readPolicySnapshot } from '../../secret-session/policy-snapshot.ts';
import { gatherLogins } from './gather.ts';
import { rowMaker } from './rows.ts';

/** The options of `lockstep audit`. Those of its other report are refused. */
export interface AuditLoginsOptions extends PolicyFileOptions, ClusterOptions {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly lockstepNamespace: string;
  readonly format: string;
  readonly failOn: FailOn;
  readonly maxAction?: Action;
  readonly connect?: boolean;
  /** The limit of one login, in milliseconds. */
  readonly connectTimeout?: number;
}

/** The limit of one login, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5000;

/**
 * Prints one row for each login of the cluster. It writes nothing, and logs in nowhere without `--connect`. Resolves
 * with the exit code: 1 if a server stores a weak hash, 2 if not all could be read. Throws LockstepError.
 */
export async function auditLogins(options: AuditLoginsOptions, shell: Shell): Promise<number> {
  keepHeapSmall();
  refuseOptions(options);
  const { lockstepNamespace, format } = options;
  const namespace = options.allNamespaces === true ? undefined : options.namespace;
  const cluster = connect({ ...options, env: shell.env });
  const policySnapshot = await readPolicySnapshot(cluster, { ...options, namespace, mustExist: true }, shell);
  const gathered = await gatherLogins(cluster, namespace, policySnapshot, lockstepNamespace);
  const run = {
    cluster,
    ports: clusterAdapter({ cluster, writer: 'lockstep', rolloutTimeout: ROLLOUT_TIMEOUT }),
    policySnapshot,
    context: policySnapshot.context,
    credentials: gathered.credentials,
    options: { ...options, timeout: ROLLOUT_TIMEOUT },
    shell,
    print: () => {},
  };
  const isAsked = options.connect === true;
  const rowOf = rowMaker(run, gathered, {
    connect: isAsked,
    connectTimeout: options.connectTimeout ?? CONNECT_TIMEOUT_MS,
  });
  const rows: LoginRow[] = [];
  for (const subject of gathered.subjects) rows.push(await rowOf(subject));
  const report: LoginReport = {
    rows,
    secrets: gathered.secrets,
    unread: gathered.unread,
    isAsked,
    now: run.ports.clock.now(),
  };
  shell.stdout.write(
    format === 'json' ? loginsJson(report, namespace) : loginsText(report, namespace, format === 'wide'),
  );
  return exitCodeOf(report, options);
}

function exitCodeOf({ rows, unread }: LoginReport, { failOn }: AuditLoginsOptions): number {
  if (unread.length > 0) return 2;
  return failOn !== 'Never' && rows.some(hasWeakHash) ? 1 : 0;
}

/** Values for the report about findings. A login has no action. */
function refuseOptions({ format, failOn }: AuditLoginsOptions): void {
  const [first] = [
    ...(format === 'html' || format === 'report' ? [`--format ${format}`] : []),
    ...(failOn === 'Warn' || failOn === 'Audit' ? [`--fail-on ${failOn}`] : []),
  ];
  if (first !== undefined)
    throw new LockstepError('BAD_OPTION', [first, 'it does not go together with --logins']);
}
