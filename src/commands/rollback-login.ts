import { isSameCredential } from '../engine/credential/credential.ts';
import { loginAmong } from '../engine/credential/login-among.ts';
import type { LoginKeys } from '../engine/credential/publish.ts';
import { denies } from '../engine/finding.ts';
import type { Restoring, RollbackPlan } from '../engine/rollback.ts';
import { changesText } from '../report/rollback-text.ts';
import type { BegunRollback } from './begin-rollback.ts';
import { carryOutWish } from './carry-out-wish.ts';
import { beginLoginRun, type LoginRun } from './login-run.ts';

export interface LoginRollback extends LoginRun {
  /** The number of a version. */
  readonly to: number;
}

/** Whether the server has to follow: the version has another login than the Secret, or the Secret's was not proven to open the server. */
export function concernsServer(
  { held, record }: Pick<BegunRollback, 'held' | 'record'>,
  plan: RollbackPlan,
  keys: LoginKeys,
): boolean {
  if (plan.kind !== 'write' && plan.kind !== 'unchanged') return false;
  const { change, wish, diverged, current } = record.login ?? {};
  if (change !== undefined || wish !== undefined || diverged !== undefined) return true;
  const written = loginAmong(held.secret.data, keys);
  if (plan.kind === 'unchanged') return current !== undefined && !isSameCredential(current, written);
  return !isSameCredential(loginAmong(plan.data, keys), written);
}

export const serverLine = ({ credential }: LoginRollback): string =>
  `its server goes back too: the login of PostgresCredential ${credential.name} gets the password of that version, before the Secret does`;

/** Secret and server go back together. Resolves with the exit code. Throws LockstepError where it could not begin. */
export async function rollbackLogin(
  run: LoginRollback,
  plan: Restoring | { readonly kind: 'unchanged' },
  isForced: boolean,
): Promise<number> {
  const { place, to, say } = run;
  const begun = await beginLoginRun(run);
  const secret = `Secret ${place.namespace}/${place.name}`;
  if (plan.kind === 'write')
    say(
      `${secret} goes back to version ${to}, and its server with it: ${changesText(plan, begun.held.secret.data)}`,
    );
  const forced = isForced && plan.kind === 'write' && plan.findings.some(denies);
  return await carryOutWish(run, begun, { kind: 'rollback', to, ...(forced && { forced: true }) });
}
