import { requireRecord } from '../../controllers/secret-session/record-session.ts';
import { retryOnConflict } from '../../controllers/secret-session/retry-on-conflict.ts';
import type { LoginKeys } from '../../engine/login/credential-schema/stated-spec.ts';
import { forLogin } from '../../engine/secret/record/login-record.ts';
import {
  type WithdrawalResult,
  withdrawKeyRequests,
  withdrawLoginRequest,
} from '../../engine/versions/key-rotation/withdrawal.ts';
import { changeText } from '../../report/history/phase-text.ts';
import type { SecretRun } from '../secret-session/run.ts';

interface CancelOptions {
  /** Cancel the request for this login. Otherwise cancel it for these keys, or for all keys if none is given. */
  readonly login: LoginKeys | undefined;
  readonly keys: readonly string[];
}

/**
 * Cancels a request that has not begun. Resolves with the exit code: 0 if no request remains, 1 if it has begun. Throws
 * LockstepError if nothing was written.
 */
export async function cancelRotation(
  { ref, ports: { records }, print }: Pick<SecretRun, 'ref' | 'ports' | 'print'>,
  { login, keys }: CancelOptions,
): Promise<number> {
  const secret = `${ref.namespace}/${ref.name}`;
  const outcome = await retryOnConflict(
    await records.read(ref),
    async (lookup): Promise<WithdrawalResult> => {
      if (lookup.kind === 'absent') return { kind: 'nothing' };
      const { record, resourceVersion } = requireRecord(lookup, ref, true);
      const withdrawal =
        login === undefined
          ? withdrawKeyRequests(record, keys)
          : withdrawLoginRequest(forLogin(record, login.system));
      if (withdrawal.kind === 'withdrawn') await records.write(ref, withdrawal.record, resourceVersion);
      return withdrawal;
    },
    () => records.read(ref),
  );
  return printOutcome(secret, outcome, print);
}

function printOutcome(secret: string, withdrawal: WithdrawalResult, print: (line: string) => void): number {
  switch (withdrawal.kind) {
    case 'nothing':
      print('there is no request to cancel');
      return 0;
    case 'withdrawn':
      print('cancelled: nothing was changed');
      return 0;
    case 'begun':
      print(
        `it has begun and can not be cancelled: ${changeText(withdrawal.change)}, now in ${withdrawal.change.phase}`,
      );
      print('it continues to its end, or rolls back if it fails');
      print(
        `to roll back afterwards: lockstep history ${secret}, then lockstep rollback ${secret} --to NUMBER`,
      );
      return 1;
    case 'begun-keys':
      print(`it has begun and can not be cancelled: ${withdrawal.keys.join(', ')}`);
      print(
        `to roll back afterwards: lockstep history ${secret}, then lockstep rollback ${secret} --to NUMBER`,
      );
      return 1;
  }
}
