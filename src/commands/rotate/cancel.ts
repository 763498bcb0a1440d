import {
  type WithdrawalResult,
  withdrawKeyRequests,
  withdrawLoginRequest,
} from '../../engine/rotation/withdrawal.ts';
import { isConflict, LockstepError } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { readRecord, writeRecord } from '../../kube/record/records.ts';
import type { SecretRef } from '../../kube/secrets/stored-secrets.ts';
import { changeText } from '../../report/history/phase-text.ts';
import { requireRecord } from '../secret-session/require-record.ts';
import { CLI_FIELD_MANAGER } from '../secret-session/standalone-reconciler.ts';

/** More than a controller writes about one change. */
const MAX_TRIES = 10;

export interface CancelRun {
  readonly ref: SecretRef;
  readonly cluster: Cluster;
  readonly print: (line: string) => void;
  /** The request for a login; else for these keys, none for all. */
  readonly isLogin: boolean;
  readonly keys: readonly string[];
}

/** Takes back what was asked for and has not begun. Resolves with the exit code: 0 nothing is asked for any more, 1 it has begun. Throws LockstepError where nothing was written. */
export async function cancelRotation({ ref, cluster, print, isLogin, keys }: CancelRun): Promise<number> {
  const secret = `${ref.namespace}/${ref.name}`;
  for (let attempt = 1; ; attempt += 1) {
    const lookup = await readRecord(cluster, ref);
    if (lookup.kind === 'absent') return printOutcome(secret, { kind: 'nothing' }, print);
    const { record, resourceVersion } = requireRecord(lookup, ref, true);
    const withdrawal = isLogin ? withdrawLoginRequest(record) : withdrawKeyRequests(record, keys);
    if (withdrawal.kind !== 'withdrawn') return printOutcome(secret, withdrawal, print);
    try {
      await writeRecord(cluster, ref, withdrawal.record, resourceVersion, CLI_FIELD_MANAGER);
      return printOutcome(secret, withdrawal, print);
    } catch (error) {
      if (!(error instanceof LockstepError) || !isConflict(error) || attempt === MAX_TRIES) throw error;
    }
  }
}

function printOutcome(secret: string, withdrawal: WithdrawalResult, print: (line: string) => void): number {
  switch (withdrawal.kind) {
    case 'nothing':
      print('nothing is asked for, so there is nothing to withdraw');
      return 0;
    case 'withdrawn':
      print('withdrawn: nothing was changed for it, and nothing will be');
      return 0;
    case 'begun':
      print(
        `it has begun and can not be withdrawn: ${changeText(withdrawal.change)}, now in ${withdrawal.change.phase}`,
      );
      print('it goes on to its end, or back to what was before where it fails');
      print(
        `to go back afterwards: lockstep history ${secret}, then lockstep rollback ${secret} --to NUMBER`,
      );
      return 1;
    case 'begun-keys':
      print(`it has begun and can not be withdrawn: ${withdrawal.keys.join(', ')}`);
      print(
        `to go back afterwards: lockstep history ${secret}, then lockstep rollback ${secret} --to NUMBER`,
      );
      return 1;
  }
}
