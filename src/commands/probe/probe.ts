import { connect } from '../../kube/client/connect.ts';
import { refusesPlaceholder } from '../../kube/webhooks/placeholder-probe.ts';
import { probe } from '../../kube/webhooks/probe.ts';
import type { Shell } from '../cli/shell.ts';

export interface ProbeOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  /** That lockstep runs in. */
  readonly namespace: string;
}

/** Where nothing was found out, for want of an API server or of a right. */
const UNASKED: readonly string[] = ['unasked', 'impersonation'];

/**
 * Says whether the API server reaches lockstep, and refuses what lockstep denies. Returns the exit code: 0 both, 1 not, 2 could not ask. Throws a
 * LockstepError where it could not even begin.
 */
export async function probeByHand(
  { kubeconfig, context, namespace }: ProbeOptions,
  { stdout, stderr }: Pick<Shell, 'stdout' | 'stderr'>,
): Promise<number> {
  const cluster = connect({ kubeconfig, context });
  const found = await probe(cluster, namespace, `system:serviceaccount:${namespace}:lockstep-webhook`);
  if (UNASKED.includes(found.reason)) {
    stderr.write(`lockstep: ${found.sentence}\n`);
    return 2;
  }
  const refuses = found.reached && (await refusesPlaceholder(cluster));
  stdout.write(`${found.sentence}${found.reached ? AND[refuses ? 'refuses' : 'takes'] : ''}\n`);
  return refuses ? 0 : 1;
}

const AND = {
  refuses: ', and refuses a placeholder in a Secret of namespace default',
  takes:
    ', but takes a placeholder in a Secret of namespace default: the overlay audit or warn is applied, or a policy lowers its action; see kubectl get secretpolicies',
};
