import { type Withdrawal, withdrawnKeys, withdrawnLogin } from '../../engine/rotation/withdrawal.ts';
import { isConflict, LockstepError } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { readRecord, writeRecord } from '../../kube/record/records.ts';
import type { SecretPlace } from '../../kube/secrets/stored-secrets.ts';
import { changeText } from '../../report/history/phase-text.ts';
import { recordIn } from '../secret-session/require-record.ts';
import { MANAGER } from '../secret-session/standalone-reconciler.ts';

/** More than a controller writes about one change. */
const MOST_TRIES = 10;

export interface Cancelling {
  readonly place: SecretPlace;
  readonly cluster: Cluster;
  readonly say: (line: string) => void;
  /** The request for a login; else for these keys, none for all. */
  readonly isLogin: boolean;
  readonly keys: readonly string[];
}

/** Takes back what was asked for and has not begun. Resolves with the exit code: 0 nothing is asked for any more, 1 it has begun. Throws LockstepError where nothing was written. */
export async function cancelRotation({ place, cluster, say, isLogin, keys }: Cancelling): Promise<number> {
  const secret = `${place.namespace}/${place.name}`;
  for (let tries = 1; ; tries += 1) {
    const found = await readRecord(cluster, place);
    if (found.kind === 'absent') return told(secret, { kind: 'nothing' }, say);
    const { record, resourceVersion } = recordIn(found, place, true);
    const withdrawal = isLogin ? withdrawnLogin(record) : withdrawnKeys(record, keys);
    if (withdrawal.kind !== 'withdrawn') return told(secret, withdrawal, say);
    try {
      await writeRecord(cluster, place, withdrawal.record, resourceVersion, MANAGER);
      return told(secret, withdrawal, say);
    } catch (error) {
      if (!(error instanceof LockstepError) || !isConflict(error) || tries === MOST_TRIES) throw error;
    }
  }
}

function told(secret: string, withdrawal: Withdrawal, say: (line: string) => void): number {
  switch (withdrawal.kind) {
    case 'nothing':
      say('nothing is asked for, so there is nothing to withdraw');
      return 0;
    case 'withdrawn':
      say('withdrawn: nothing was changed for it, and nothing will be');
      return 0;
    case 'begun':
      say(
        `it has begun and can not be withdrawn: ${changeText(withdrawal.change)}, now in ${withdrawal.change.phase}`,
      );
      say('it goes on to its end, or back to what was before where it fails');
      say(`to go back afterwards: lockstep history ${secret}, then lockstep rollback ${secret} --to NUMBER`);
      return 1;
    case 'begun-keys':
      say(`it has begun and can not be withdrawn: ${withdrawal.keys.join(', ')}`);
      say(`to go back afterwards: lockstep history ${secret}, then lockstep rollback ${secret} --to NUMBER`);
      return 1;
  }
}
