import type { Wish } from '../engine/credential/login-record.ts';
import { wishing } from '../engine/credential/wishing.ts';
import type { SecretRecord } from '../engine/record.ts';
import { isConflict } from '../errors.ts';
import { writeRecord } from '../kube/records.ts';
import type { BegunRotation } from './begin-rotation.ts';
import { beginLoginRun, type LoginRun } from './login-run.ts';
import { roleIn } from './login-scene.ts';
import { MANAGER } from './reconcile-alone.ts';

/** More than a controller writes about one change. */
const MOST_TRIES = 10;

/** Writes the wish into the record, whoever writes there meanwhile, and resolves with that. A change that was begun in between is brought to its end first. Throws LockstepError. */
export async function writeWish(run: LoginRun, begun: BegunRotation, wish: Wish): Promise<SecretRecord> {
  let now = begun;
  for (let tries = 1; ; tries += 1) {
    const wished = wishing(now.record, wish, { secret: now.held.uid, role: roleIn(run, now) });
    try {
      await writeRecord(run.cluster, run.place, wished, now.resourceVersion, MANAGER);
      return wished;
    } catch (error) {
      if (!isConflict(error) || tries === MOST_TRIES) throw error;
      now = await beginLoginRun(run);
    }
  }
}
