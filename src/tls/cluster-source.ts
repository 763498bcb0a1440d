import { LockstepError } from '../errors.ts';
import type { ApiClock } from '../server-clock.ts';
import { makeServingFiles } from './ca.ts';
import type { ServingFiles } from './renewal.ts';
import type { Keeper } from './rotator.ts';
import { leafOf, outOfTime } from './serving.ts';
import type { CertificateSource } from './source.ts';

/** How long to wait between two looks. Milliseconds; the wall clock decides what is due, so a timer that stands still does no harm. */
const POLL = 10_000;
/** While there is nothing to serve with, or nothing that anybody would take. */
const POLL_AT_START = 1_000;

export interface ClusterSourceNeeds {
  readonly keeper: Keeper;
  readonly clock: ApiClock;
  readonly names: readonly string[];
  /** From 0 to 1: replicas that were started together should not ask together. */
  readonly random: () => number;
  /** Called after each look; `error`: what went wrong with it. */
  readonly looked: (error?: unknown) => void;
  /** Milliseconds; for tests. */
  readonly poll?: number;
}

/**
 * The certificate that the replicas keep by a CA in the cluster. Until there is one, this answers with a certificate that nobody trusts and that has
 * expired, so that the server can come up, and its probes with it, while the API server is away.
 */
export async function clusterSource(needs: ClusterSourceNeeds): Promise<CertificateSource> {
  const { keeper, clock } = needs;
  const standIn = await makeServingFiles(needs.names, { now: clock.now(), days: 0 });
  let trouble: string | undefined;
  /** What the server has been given. The keeper has a certificate some moments before, and nobody may be told yet that it is served. */
  let served = keeper.files();

  async function look(changed: (files: ServingFiles) => void): Promise<void> {
    try {
      await keeper.look();
      trouble = undefined;
      needs.looked();
    } catch (error) {
      trouble = error instanceof LockstepError ? error.message : 'the log says why';
      needs.looked(error);
    }
    const files = keeper.files();
    if (files === undefined || files === served) return;
    served = files;
    changed(files);
  }

  function ailing(): string | undefined {
    if (served !== undefined) return outOfTime(leafOf(served), clock.now());
    return `there is none yet: ${trouble ?? 'the CA is being looked up'}`;
  }

  return {
    get: () => served ?? standIn,
    ailing,
    start: (changed) => {
      let timer: NodeJS.Timeout | undefined;
      let stopped = false;
      const again = (): void => {
        const poll = needs.poll ?? (ailing() === undefined ? POLL : POLL_AT_START);
        if (!stopped) timer = setTimeout(run, poll * (0.8 + 0.4 * needs.random()));
      };
      const run = (): void => void look(changed).finally(again);
      run();
      return () => {
        stopped = true;
        clearTimeout(timer);
      };
    },
  };
}
