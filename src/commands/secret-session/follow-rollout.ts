import type { SecretReconcilerNeeds } from '../../controllers/secret/reconciler.ts';
import { brought } from '../../engine/record/advance-rotations.ts';
import type { Rollout } from '../../engine/record/record.ts';
import { isConflict } from '../../errors.ts';
import type { SecretPlace } from '../../kube/secrets/stored-secrets.ts';

export interface FollowNeeds extends Pick<SecretReconcilerNeeds, 'readRecord' | 'writeRecord' | 'advance'> {
  /** A controller does what there is to do; undefined where this user may not know. */
  readonly isLed: () => Promise<boolean | undefined>;
  /** One line for whoever waits. */
  readonly say: (line: string) => void;
  readonly pause: (milliseconds: number) => Promise<unknown>;
  /** Milliseconds, from any moment on. */
  readonly clock: () => number;
  /** How long one workload may take. Milliseconds. */
  readonly timeout: number;
}

/** `sentence` says where it has stopped and why. */
export type RolloutEnd =
  | { readonly kind: 'finished' }
  | { readonly kind: 'stopped'; readonly sentence: string };

/** Between two looks at what a controller does. Milliseconds. */
const LOOK = 1000;
/** A controller that is replaced does nothing until the next one leads. Milliseconds. */
const CHANGE_OF_LEADER = 60_000;

/**
 * Waits while the controller brings the consumers of a Secret to its last version, or brings them there where none leads: one that comes in the middle and this
 * do each step once, since every write is conditional. What was begun goes on by itself where this is ended and a controller leads. Throws LockstepError.
 */
export async function followRollout(place: SecretPlace, needs: FollowNeeds): Promise<RolloutEnd> {
  let before: Rollout | undefined;
  let moved = needs.clock();
  for (;;) {
    const found = await needs.readRecord(place);
    if (found.kind !== 'read')
      return stopped('its record is gone: who was not restarted yet is not restarted');
    const { rollout } = found.record;
    const told = progressBetween(before, rollout);
    for (const line of told) needs.say(line);
    if (told.length > 0) moved = needs.clock();
    before = rollout;
    if (rollout === undefined) return { kind: 'finished' };
    if (rollout.stopped !== undefined)
      return stopped(`${rollout.stopped.workload} ${rollout.stopped.reason}`);
    if ((await needs.isLed()) !== true) {
      await carryOn(place, found, rollout, needs);
      continue;
    }
    if (needs.clock() - moved > needs.timeout + CHANGE_OF_LEADER)
      return stopped(`${rollout.current?.workload ?? 'the controller'} has come no further for a long time`);
    await needs.pause(LOOK);
  }
}

const stopped = (sentence: string): RolloutEnd => ({ kind: 'stopped', sentence });

type Read = Extract<Awaited<ReturnType<FollowNeeds['readRecord']>>, { kind: 'read' }>;

async function carryOn(
  place: SecretPlace,
  { record, resourceVersion }: Read,
  rollout: Rollout,
  { advance, writeRecord, pause }: FollowNeeds,
): Promise<void> {
  const step = await advance(place, rollout);
  if (step.rollout !== rollout) {
    await writeRecord(place, brought(record, step.rollout, new Date()), resourceVersion).catch(lookAgain);
  }
  if (step.rollout !== undefined && step.after !== undefined) await pause(Math.min(step.after, LOOK));
}

function lookAgain(error: unknown): void {
  if (isConflict(error)) return;
  throw error;
}

/** What has happened from one look to the next, a line each. */
export function progressBetween(before: Rollout | undefined, after: Rollout | undefined): readonly string[] {
  const waited = before?.current?.workload;
  const waits = after?.current?.workload;
  const isThrough = waited !== undefined && waited !== waits && after?.stopped?.workload !== waited;
  const passed = [...(after?.done ?? [])].filter(
    ([workload, number]) =>
      before !== undefined &&
      before.done.get(workload) !== number &&
      workload !== waits &&
      workload !== waited,
  );
  return [
    ...(isThrough ? [`${waited} is rolled out`] : []),
    ...passed.map(([workload]) => `${workload} is through`),
    ...(waits !== undefined && waits !== waited ? [`${waits} is restarted`] : []),
  ];
}
