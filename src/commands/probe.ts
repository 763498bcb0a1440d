import { connect } from '../kube/connect.ts';
import { probe } from '../kube/probe.ts';
import { refusesPlaceholder } from '../kube/refuses-placeholder.ts';

export interface ProbeOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  /** That lockstep runs in. */
  readonly namespace: string;
}

/** Says whether the API server reaches lockstep, and refuses what lockstep denies. Returns the exit code: 0 both, 1 not, 2 could not ask. */
export async function probeByHand(
  { kubeconfig, context, namespace }: ProbeOptions,
  say: (line: string) => void,
): Promise<number> {
  const cluster = connect({ kubeconfig, context });
  const found = await probe(cluster, namespace, `system:serviceaccount:${namespace}:lockstep-webhook`);
  if (!found.reached) {
    say(found.sentence);
    return found.reason === 'unasked' ? 2 : 1;
  }
  if (await refusesPlaceholder(cluster)) {
    say(`${found.sentence}, and refuses a placeholder in a Secret of namespace default`);
    return 0;
  }
  say(
    `${found.sentence}, but takes a placeholder in a Secret of namespace default; see which policies are in force: kubectl get secretpolicies`,
  );
  return 1;
}
