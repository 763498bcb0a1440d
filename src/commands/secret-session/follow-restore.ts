import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../kube/client/connect.ts';
import { hasActiveController } from '../../kube/client/lease.ts';
import type { SecretRef } from '../../kube/secrets/stored-secrets.ts';
import { clusterAdapter } from '../adapters/cluster-adapter.ts';
import { followRollout } from './follow-rollout.ts';
import type { LoadedSecret } from './load-secret.ts';
import { outageRetry, reportStopped } from './retry-during-outage.ts';
import { CLI_FIELD_MANAGER } from './standalone-reconciler.ts';

/** The run of a command that has written a Secret. */
export interface WriteRun {
  readonly ref: SecretRef;
  readonly cluster: Cluster;
  readonly loaded: Pick<LoadedSecret, 'permissions'>;
  readonly print: (line: string) => void;
  readonly options: {
    /** The time in which one workload must become healthy, in milliseconds. */
    readonly timeout: number;
    readonly lockstepNamespace: string;
  };
}

export const consumerPorts = ({ cluster, options: { timeout } }: Pick<WriteRun, 'cluster' | 'options'>) =>
  clusterAdapter({
    cluster,
    fieldManager: CLI_FIELD_MANAGER,
    rolloutTimeout: timeout,
    onRolloutEvent: () => {},
  });

/**
 * Resolves with the exit code once all consumers have the data of the Secret. It continues through an outage of the API
 * server.
 */
export async function followRestore(run: WriteRun): Promise<number> {
  const { ref, loaded: begun, cluster, options, print } = run;
  if (!begun.permissions.mayRestart) {
    print('no consumer is restarted, because no policy with restart: true matches it');
    return 0;
  }
  const waitOptions = {
    print,
    pause: (milliseconds: number) => sleep(milliseconds),
    clock: () => performance.now(),
  };
  const retryDuringOutage = outageRetry({ ...waitOptions, timeout: options.timeout });
  const { records, workloads } = consumerPorts(run);
  return await reportStopped(print, async () => {
    const end = await followRollout(ref, {
      ...waitOptions,
      readRecord: retryDuringOutage(records.read),
      writeRecord: retryDuringOutage(records.write),
      advanceRollout: retryDuringOutage(workloads.advanceRollout),
      isLed: retryDuringOutage(() => hasActiveController(cluster, options.lockstepNamespace)),
      timeout: options.timeout,
    });
    print(end.kind === 'finished' ? 'all consumers are rolled out' : `stopped: ${end.sentence}`);
    return end.kind === 'finished' ? 0 : 1;
  });
}
