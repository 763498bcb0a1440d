import { setTimeout as sleep } from 'node:timers/promises';
import { reconcileSecret } from '../controllers/secret-reconciler.ts';
import { type Tidings, tidingsOf } from '../engine/credential/tidings.ts';
import type { SecretRecord } from '../engine/record.ts';
import { isControllerLeading } from '../kube/lease.ts';
import { readWorkload } from '../kube/workloads.ts';
import { type FollowedEnd, followLogin } from './follow-login.ts';
import { type LoginRun, needsOf } from './login-run.ts';
import { openView } from './progress-view.ts';
import { countSignals, type Signals } from './signals.ts';
import { tidingsOfCredential } from './stored-tidings.ts';

/** A controller that is replaced does nothing until the next one leads. Milliseconds. */
const CHANGE_OF_LEADER = 60_000;

/**
 * Follows what is done for a wish that `record` holds, or for the change that it is in the middle of, and does it where no controller leads. The first signal ends it where
 * nobody is locked out by that, the second one at once. Throws LockstepError.
 */
export async function driveLogin(run: LoginRun, record: SecretRecord): Promise<FollowedEnd> {
  const { place, cluster, credential, options, shell } = run;
  const signals = countSignals(shell);
  const view = openView(`${place.namespace}/${place.name}`, record, { ...shell, clock, every });
  void signals.first.then(() => view.say(ENDING));
  let told: Tidings = tidingsOf([]);
  const needs = needsOf(run, view.say, ({ conditions }) => {
    told = tidingsOf(conditions);
  });
  const { timeout, propagation, lockstepNamespace } = options;
  const followed = followLogin(place, record, {
    readRecord: needs.readRecord,
    isLed: () => isControllerLeading(cluster, lockstepNamespace),
    reconcile: () => reconcileSecret(place, needs),
    tidings: async (isLed) => (isLed ? await tidingsOfCredential(run) : told),
    podsOf: async (workload) => whyOf(await readWorkload(cluster, place.namespace, workload)),
    view,
    pause: (milliseconds) => pause(milliseconds, signals),
    isToEnd: () => signals.count() > 0,
    clock,
    patience: Math.max(timeout, credential.spec.consumers.timeout) + propagation + CHANGE_OF_LEADER,
  });
  const left = signals.second.then((): FollowedEnd => ({ kind: 'left', isLed: false }));
  try {
    return await Promise.race([followed, left]);
  } finally {
    view.end();
  }
}

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
