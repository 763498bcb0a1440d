import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../kube/client/connect.ts';
import { isControllerLeading } from '../../kube/client/lease.ts';
import type { SecretPlace } from '../../kube/secrets/stored-secrets.ts';
import { inCluster } from '../adapters/cluster-adapter.ts';
import { followRollout } from './follow-rollout.ts';
import type { BegunRotation } from './load-secret.ts';
import { outlasting, toldEnd } from './retry-during-outage.ts';
import { MANAGER } from './standalone-reconciler.ts';

/** The run of a command that has written a Secret. */
export interface RestoreRun {
  readonly place: SecretPlace;
  readonly cluster: Cluster;
  readonly begun: Pick<BegunRotation, 'mandate'>;
  readonly say: (line: string) => void;
  readonly options: {
    /** How long one workload may take to become healthy. Milliseconds. */
    readonly timeout: number;
    readonly lockstepNamespace: string;
  };
}

export const readersNeeds = ({ cluster, options: { timeout } }: Pick<RestoreRun, 'cluster' | 'options'>) =>
  inCluster({ cluster, manager: MANAGER, rolloutTimeout: timeout, told: () => {} });

/** Resolves with the exit code, once all that read the Secret are brought to what it holds; also where the API server is away meanwhile. */
export async function followRestored(run: RestoreRun): Promise<number> {
  const { place, begun, cluster, options, say } = run;
  if (!begun.mandate.restarts) {
    say('nobody who reads it is restarted: no policy with restart: true matches it');
    return 0;
  }
  const waiting = {
    say,
    pause: (milliseconds: number) => sleep(milliseconds),
    clock: () => performance.now(),
  };
  const outlast = outlasting({ ...waiting, patience: options.timeout });
  const needs = readersNeeds(run);
  return await toldEnd(say, async () => {
    const end = await followRollout(place, {
      ...needs,
      ...waiting,
      readRecord: outlast(needs.readRecord),
      writeRecord: outlast(needs.writeRecord),
      advance: outlast(needs.advance),
      isLed: outlast(() => isControllerLeading(cluster, options.lockstepNamespace)),
      timeout: options.timeout,
    });
    say(end.kind === 'finished' ? 'all that read it are rolled out' : `stopped: ${end.sentence}`);
    return end.kind === 'finished' ? 0 : 1;
  });
}
