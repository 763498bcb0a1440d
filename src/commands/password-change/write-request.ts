import { setTimeout as sleep } from 'node:timers/promises';
import { wishing } from '../../engine/credential/change/change-request.ts';
import type { Wish } from '../../engine/record/login-record.ts';
import { latest, type SecretRecord } from '../../engine/record/record.ts';
import { settled } from '../../engine/record/record-observation.ts';
import { isConflict, LockstepError } from '../../errors.ts';
import { writeRecord } from '../../kube/record/records.ts';
import type { BegunRotation } from '../secret-session/load-secret.ts';
import { type OutlastNeeds, outlasting } from '../secret-session/retry-during-outage.ts';
import { MANAGER } from '../secret-session/standalone-reconciler.ts';
import { roleIn } from './reconcile-input.ts';
import { beginLoginRun, type LoginRun } from './run.ts';

/** More than a controller writes about one change. */
const MOST_TRIES = 10;

/** Writes the wish into the record, whoever writes there meanwhile, and resolves with that. A change that was begun in between is brought to its end first. Throws LockstepError. */
export async function writeWish(run: LoginRun, begun: BegunRotation, wish: Wish): Promise<SecretRecord> {
  let now = begun;
  const dated = wish.kind === 'from-secret' ? wish : { ...wish, after: lastVersion(begun) };
  for (let tries = 1; ; tries += 1) {
    const wished = wishing(now.record, dated, { secret: now.held.uid, role: roleIn(run, now) });
    try {
      await writeRecord(run.cluster, run.place, wished, now.resourceVersion, MANAGER);
      return wished;
    } catch (error) {
      if (tries === MOST_TRIES) throw error;
      const isLost = isUnanswered(error);
      if (!isLost && !isConflict(error)) throw error;
      const before = now;
      now = isLost ? await outlasting(waitingOf(run))(beginLoginRun)(run) : await beginLoginRun(run);
      // It was written, and its answer was lost: it must not be asked for twice.
      if (isLost && now.resourceVersion !== before.resourceVersion && isKnown(now, dated)) return wished;
    }
  }
}

const isUnanswered = (error: unknown): boolean =>
  error instanceof LockstepError &&
  ['LOCKSTEP_CLUSTER_UNREACHABLE', 'LOCKSTEP_CLUSTER_TIMEOUT'].includes(error.code);

const waitingOf = ({ say, options: { timeout } }: LoginRun): OutlastNeeds => ({
  say,
  pause: (milliseconds) => sleep(milliseconds),
  clock: () => performance.now(),
  patience: timeout,
});

/** The wish is there, or what it has begun. */
const isKnown = ({ record: { login } }: BegunRotation, { kind }: Wish): boolean =>
  login?.wish?.kind === kind || login?.change !== undefined;

/** The number that what the Secret holds now has, or gets as soon as a controller looks at it. */
function lastVersion({ record, held: { secret, written, resourceVersion } }: BegunRotation): number {
  const found = { ...written, why: { kind: 'changed' }, resourceVersion } as const;
  const keeping = { history: Number.POSITIVE_INFINITY, restarts: false };
  return latest(settled(record, secret.data, found, keeping)).number;
}
