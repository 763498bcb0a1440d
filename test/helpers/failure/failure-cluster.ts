import { join } from 'node:path';
import type { Test } from 'tap';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import type { KubectlResult } from '../../testbed/cluster/kubectl.ts';
import { installLockstep, type Lockstep } from '../../testbed/lockstep/lockstep.ts';
import { until } from '../../testbed/process/until.ts';
import { aCluster } from '../cluster/cluster.ts';
import { pinService } from '../cluster/pin-service.ts';
import { aManifest } from '../cluster/team.ts';
import { aPageShell, type PageShell } from '../pages/page-shell.ts';

/** One cluster for the failures, on which lockstep fails closed, as recommended. */
export interface FailureCluster {
  readonly cluster: Cluster;
  /** The one that was installed last. */
  lockstep(): Lockstep;
  /** As README.md says, on a cluster that has lost it. */
  install(): Promise<void>;
  /** A clone, with kubectl, helm and lockstep on the PATH. */
  readonly shell: PageShell;
}

/** A Secret that lockstep refuses, and one that it grants. */
export const BAD_SECRET = aManifest({ JWT_SECRET: 'CHANGE_ME' });
export const GOOD_SECRET = aManifest();

const FAIL_CLOSED = 'manifests/overlays/fail-closed';

export async function aFailureCluster(t: Test): Promise<FailureCluster> {
  const cluster = await aCluster(t, { controllers: true });
  let lockstep = await installLockstep(cluster, { overlay: FAIL_CLOSED });
  const shell = await aPageShell(join(cluster.dir, 'clone'), cluster.kubeconfig);
  pinService(join(shell.dir, 'manifests'), lockstep);
  return {
    cluster,
    lockstep: () => lockstep,
    install: async () => {
      await lockstep.stop();
      lockstep = await installLockstep(cluster, { overlay: FAIL_CLOSED });
    },
    shell,
  };
}

/** Resolves when a wrong Secret is refused by lockstep, which it is not while lockstep does not validate. */
export const untilValidated = ({ cluster }: FailureCluster): Promise<void> =>
  until('a denial by lockstep', [], async () => (await tryBad(cluster)).stderr.includes('[lockstep/'));

/** Resolves when a Secret that can't be validated is granted. */
export const untilGranted = ({ cluster }: FailureCluster): Promise<void> =>
  until('a write without validation', [], async () => (await tryBad(cluster)).exitCode === 0);

/** Resolves when a Secret that can't be validated is refused. */
export const untilRefused = ({ cluster }: FailureCluster): Promise<void> =>
  until('a write that can not be validated', [], async () =>
    (await tryBad(cluster)).stderr.includes('failed calling webhook'),
  );

const tryBad = (cluster: Cluster): Promise<KubectlResult> =>
  cluster.kubectl(['create', '-f', '-', '--dry-run=server'], { input: BAD_SECRET });
