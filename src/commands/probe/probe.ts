import { connect } from '../../kube/client/connect.ts';
import { deniesPlaceholder, probe } from '../../kube/webhooks/probe.ts';
import type { ClusterOptions } from '../cli/cluster-options.ts';
import type { Shell } from '../cli/shell.ts';

export interface ProbeOptions extends ClusterOptions {
  readonly lockstepNamespace: string;
  /** lockstep does not review what its own ServiceAccounts write, so the test of the chart is another user. */
  readonly as?: string;
}

/** Results without an answer, for lack of an API server or of a right. */
const INCONCLUSIVE_REASONS: readonly string[] = ['unasked', 'impersonation'];

/**
 * Reports whether the API server reaches lockstep, and refuses a Secret that lockstep denies. Returns the exit code: 0
 * if both hold, 1 if not, 2 if it could not ask. Throws a LockstepError if it can't begin.
 */
export async function runProbe(
  { kubeconfig, context, lockstepNamespace: namespace, as }: ProbeOptions,
  { stdout, stderr, env }: Pick<Shell, 'stdout' | 'stderr' | 'env'>,
): Promise<number> {
  const cluster = connect({ kubeconfig, context, env });
  const result = await probe(cluster, namespace, `system:serviceaccount:${namespace}:lockstep-webhook`);
  if (INCONCLUSIVE_REASONS.includes(result.reason)) {
    stderr.write(`lockstep: ${result.sentence}\n`);
    return 2;
  }
  const refuses = result.reached && (await deniesPlaceholder(cluster, as));
  stdout.write(`${result.sentence}${result.reached ? REFUSAL_TEXT[refuses ? 'refuses' : 'admits'] : ''}\n`);
  return refuses ? 0 : 1;
}

const REFUSAL_TEXT = {
  refuses: ', and refuses a placeholder in a Secret of namespace default',
  admits:
    ', but admits a placeholder in a Secret of namespace default: the overlay audit or warn is applied, a policy lowers its action (kubectl get secretpolicies), or lockstep does not review this user',
};
