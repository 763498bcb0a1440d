import type { Test } from 'tap';
import { type Cluster, type ClusterOptions, startCluster } from '../../testbed/cluster/cluster.ts';
import type { KubectlOptions, KubectlResult } from '../../testbed/cluster/kubectl.ts';
import { until } from '../../testbed/process/until.ts';
import { kustomize, withServiceAddress } from '../cluster/kustomize.ts';
import { type RecordingWebhook, startRecordingWebhook } from './recording-webhook.ts';

export const WEBHOOK_ACCOUNT = 'system:serviceaccount:lockstep-system:lockstep-webhook';

/**
 * The manifests on a real API server, with a webhook behind them that allows everything: what is asked at all, and who
 * may do what.
 */
export interface RecordingInstall {
  readonly cluster: Cluster;
  readonly webhook: RecordingWebhook;
  /** `kubectl apply` of a folder, strictly validated; relative to the repository. */
  apply(folder: string, ...flags: readonly string[]): Promise<KubectlResult>;
  /** Words separated by blanks. */
  kubectl(args: string, options?: KubectlOptions): Promise<KubectlResult>;
  /** The same, and throws where the exit code is not 0. */
  mustRun(args: string, options?: KubectlOptions): Promise<KubectlResult>;
  /** A changed configuration counts a little after it was written. */
  untilCalled(): Promise<void>;
}

/** alice and bob may write Secrets everywhere, root everything; bob may break the glass in the namespace `team`. */
export async function aRecordingInstall(t: Test, options: ClusterOptions = {}): Promise<RecordingInstall> {
  const cluster = await startCluster(options);
  t.teardown(() => cluster.stop());
  const address = cluster.serviceIP(10);
  const standIn = await startRecordingWebhook(address, 443, 'lockstep-webhook.lockstep-system.svc');
  t.teardown(() => standIn[Symbol.asyncDispose]());

  const kubectl = (args: string, more: KubectlOptions = {}) => cluster.kubectl(args.split(' '), more);
  const mustRun = (args: string, more: KubectlOptions = {}) => cluster.mustRun(args.split(' '), more);
  const apply = async (folder: string, ...flags: readonly string[]) => {
    const input = withServiceAddress(await kustomize(folder), address);
    return cluster.kubectl(['apply', '--validate=strict', ...flags, '-f', '-'], { input });
  };

  const installed = await apply('manifests');
  if (installed.exitCode !== 0) throw new Error(installed.stderr);
  await trust(standIn.ca, mustRun);
  await mustRun('create namespace team');
  await mustRun('create clusterrole writer --verb=* --resource=secrets');
  for (const user of ['alice', 'bob']) {
    await mustRun(`create clusterrolebinding ${user} --clusterrole=writer --user=${user}`);
  }
  await mustRun('create clusterrolebinding root --clusterrole=cluster-admin --user=root');
  await mustRun('create rolebinding bob --clusterrole=lockstep-break-glass --user=bob -n team');

  const untilCalled = () =>
    until('a call of the webhooks', [], async () => {
      await kubectl('create secret generic probe -n team --dry-run=server');
      return standIn.calls().length >= 2;
    });
  await untilCalled();
  return { cluster, webhook: standIn, apply, kubectl, mustRun, untilCalled };
}

/** As the pods do it: server-side apply of caBundle and nothing else, by their ServiceAccount. */
async function trust(ca: string, mustRun: RecordingInstall['mustRun']): Promise<void> {
  const caBundle = Buffer.from(ca).toString('base64');
  for (const kind of ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']) {
    const { stdout } = await mustRun(`get ${kind} lockstep -o jsonpath={.webhooks[*].name}`);
    const webhooks = stdout.split(' ').map((name) => ({ name, clientConfig: { caBundle } }));
    const apiVersion = 'admissionregistration.k8s.io/v1';
    await mustRun('apply --server-side --force-conflicts --field-manager=lockstep-webhook -f -', {
      input: { apiVersion, kind, metadata: { name: 'lockstep' }, webhooks },
      as: WEBHOOK_ACCOUNT,
    });
  }
}
