import { setTimeout as sleep } from 'node:timers/promises';
import { reconcileSecret } from '../../controllers/secret/reconciler.ts';
import { type Tidings, tidingsOf } from '../../engine/credential/status/wait-status.ts';
import type { SecretRecord } from '../../engine/record/record.ts';
import { isControllerLeading } from '../../kube/client/lease.ts';
import { readWorkload } from '../../kube/objects/workloads.ts';
import { ROLLOUT_TIMEOUT } from '../cli/duration.ts';
import { countSignals, type Signals } from '../cli/signals.ts';
import { outlasting } from '../secret-session/retry-during-outage.ts';
import { type FollowedEnd, followLogin } from './follow.ts';
import { openView } from './progress-view.ts';
import { type LoginRun, needsOf } from './run.ts';
import { tidingsOfCredential } from './stored-status.ts';

/** A controller that is replaced does nothing until the next one leads. Milliseconds. */
const CHANGE_OF_LEADER = 60_000;

/**
 * Follows what is done for a wish that `record` holds, or for the change that it is in the middle of, and does it where no controller leads. The first signal ends it where
 * nobody is locked out by that, the second one at once. Throws LockstepError.
 */
export async function driveLogin(run: LoginRun, record: SecretRecord): Promise<FollowedEnd> {
  const { place, cluster, options, shell } = run;
  const signals = countSignals(shell);
  const view = openView(`${place.namespace}/${place.name}`, record, { ...shell, clock, every });
  void signals.first.then(() => view.say(ENDING));
  let told: Tidings = { trouble: undefined, waits: undefined };
  const needs = needsOf(run, view.say, (news) => {
    told = tidingsOf(news);
  });
  const { propagation, lockstepNamespace } = options;
  const timeout = timeoutOf(run);
  const waiting = {
    pause: (milliseconds: number) => pause(milliseconds, signals),
    isToEnd: () => signals.count() > 0,
    clock,
    patience: timeout,
  };
  const outlast = outlasting({ ...waiting, say: view.say });
  const followed = followLogin(place, record, {
    ...waiting,
    readRecord: outlast(needs.readRecord),
    isLed: outlast(() => isControllerLeading(cluster, lockstepNamespace)),
    reconcile: outlast(() => reconcileSecret(place, needs)),
    tidings: outlast(async (isLed: boolean) => (isLed ? await tidingsOfCredential(run) : told)),
    podsOf: outlast(async (workload: string) =>
      whyOf(await readWorkload(cluster, place.namespace, workload)),
    ),
    view,
    propagation: propagation + CHANGE_OF_LEADER,
  });
  const left = signals.second.then((): FollowedEnd => ({ kind: 'left', isLed: false }));
  try {
    const end = await Promise.race([followed, left]);
    // A controller does so itself, and is not in the way: the finalizer is gone then.
    if (end.kind !== 'left' && end.kind !== 'stopped') await needs.release(place);
    return end;
  } finally {
    view.end();
  }
}

/** As the command line says, or else as the PostgresCredential says of its readers, where that is longer. Milliseconds. */
const timeoutOf = ({ credential, options: { timeout } }: Pick<LoginRun, 'credential' | 'options'>): number =>
  timeout === ROLLOUT_TIMEOUT ? Math.max(timeout, credential.spec.consumers.timeout) : timeout;

const ENDING = 'ends as soon as nobody is locked out by that; once more ends it at once';

const clock = (): number => performance.now();

function every(milliseconds: number, act: () => void): () => void {
  const timer = setInterval(act, milliseconds);
  return () => clearInterval(timer);
}

/** Ends with the first signal; after that it is as long as it is. */
async function pause(milliseconds: number, signals: Signals): Promise<void> {
  const waiting = sleep(milliseconds);
  await (signals.count() > 0 ? waiting : Promise.race([waiting, signals.first]));
}

const whyOf = (workload: Awaited<ReturnType<typeof readWorkload>>): string | undefined =>
  workload?.progress.kind === 'underway' ? workload.progress.why : undefined;
