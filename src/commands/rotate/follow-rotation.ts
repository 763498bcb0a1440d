import type { Outcome, SecretReconcilerNeeds } from '../../controllers/secret/reconciler.ts';
import type { Rollout, SecretRecord } from '../../engine/record/record.ts';
import type { SecretPlace } from '../../kube/secrets/stored-secrets.ts';
import { versionEvents } from '../../report/history/version-events.ts';
import { progressBetween } from '../secret-session/follow-rollout.ts';
import { oneStep } from '../secret-session/reconcile-once.ts';

export interface FollowRotationNeeds extends Pick<SecretReconcilerNeeds, 'readRecord'> {
  /** A controller does what there is to do; undefined where this user may not know. */
  readonly isLed: () => Promise<boolean | undefined>;
  /** One step of the Secret, where none does. */
  readonly reconcile: () => Promise<Outcome>;
  /** One line for whoever waits. */
  readonly say: (line: string) => void;
  readonly pause: (milliseconds: number) => Promise<unknown>;
  /** Milliseconds, from any moment on. */
  readonly clock: () => number;
  /** What may pass between two things that happen. Milliseconds. */
  readonly patience: number;
}

export type RotationEnd =
  /** Of the keys, those whose value before is still kept, with the key that keeps it. */
  | { readonly kind: 'rotated'; readonly kept: ReadonlyMap<string, string> }
  | { readonly kind: 'stopped'; readonly sentence: string };

/** Between two looks. Milliseconds. */
const LOOK = 1000;

/**
 * Waits while the controller gives these keys their new values and brings their consumers there, or does it where none leads. How long the values before are kept
 * is not waited for. `from`: the record with the wish in it. What was begun goes on by itself where this is ended and a controller leads. Throws LockstepError.
 */
export async function followRotation(
  place: SecretPlace,
  keys: readonly string[],
  from: SecretRecord,
  needs: FollowRotationNeeds,
): Promise<RotationEnd> {
  let seen = from;
  let rollout: Rollout | undefined;
  let moved = needs.clock();
  for (;;) {
    const found = await needs.readRecord(place);
    if (found.kind !== 'read') return stopped('its record is gone, and with it the wish');
    const { record } = found;
    const news = [...versionEvents(seen, record), ...progressBetween(rollout, record.rollout)];
    for (const line of news) needs.say(line);
    if (news.length > 0) moved = needs.clock();
    seen = record;
    rollout = record.rollout;
    const end = endOf(record, keys, from);
    if (end !== undefined) return end;
    const wait = (await needs.isLed()) === true ? LOOK : await oneStep(needs.reconcile);
    if (wait === undefined) return stopped('nothing more is done for it: lockstep history tells what was');
    if (needs.clock() - moved > needs.patience) return stopped('nothing has happened for a long time');
    await needs.pause(Math.min(wait, LOOK));
  }
}

const stopped = (sentence: string): RotationEnd => ({ kind: 'stopped', sentence });

function endOf(record: SecretRecord, keys: readonly string[], from: SecretRecord): RotationEnd | undefined {
  const { rollout, asked, pending, rotations, versions } = record;
  if (rollout?.stopped !== undefined) return stopped(`${rollout.stopped.workload} ${rollout.stopped.reason}`);
  if (pending !== undefined || rollout !== undefined || keys.some((key) => asked.includes(key)))
    return undefined;
  const last = from.versions.at(-1)?.number ?? 0;
  const isSwitched = (key: string): boolean =>
    versions.some(
      ({ number, why, keys: changed }) => number > last && why.kind === 'rotated' && changed.includes(key),
    );
  const ended = keys.filter((key) => !isSwitched(key));
  if (ended.length > 0)
    return stopped(`somebody else has changed it meanwhile, and what was set for ${ended.join(', ')} counts`);
  const kept = keys.flatMap((key) => {
    const rotation = rotations.get(key);
    return rotation === undefined ? [] : [[key, rotation.previousKey] as const];
  });
  return { kind: 'rotated', kept: new Map(kept) };
}
