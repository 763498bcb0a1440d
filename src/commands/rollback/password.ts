import { loginAmong } from '../../engine/credential/change/credential-in-version.ts';
import type { LoginKeys } from '../../engine/credential/change/publish.ts';
import type { Restoring, RollbackPlan } from '../../engine/history/rollback.ts';
import { isSameCredential } from '../../engine/record/credential.ts';
import type { Wish } from '../../engine/record/login-record.ts';
import { changesText } from '../../report/history/rollback-text.ts';
import { rehearseLogin } from '../password-change/dry-run.ts';
import { carryOutWish } from '../password-change/execute.ts';
import { beginLoginRun, type LoginRun, type LoginRunOptions } from '../password-change/run.ts';
import type { BegunRollback } from './load.ts';

/** A rollback in which the server has to follow. */
export interface LoginRollback {
  readonly run: LoginRun;
  readonly wish: Extract<Wish, { kind: 'rollback' }>;
  /** The plan for the Secret alone; the server's part is found out when it begins. */
  readonly plan: Restoring | { readonly kind: 'unchanged' };
}

interface RollingBack extends Pick<LoginRun, 'place' | 'cluster' | 'around' | 'shell' | 'say'> {
  readonly begun: BegunRollback;
  readonly options: LoginRunOptions & { readonly to: number; readonly force: boolean };
}

/** Undefined where the server has nothing to do with it. */
export function loginToGoBack(
  { begun, options, ...parts }: RollingBack,
  plan: RollbackPlan,
): LoginRollback | undefined {
  const { engine, credentials, credential } = begun;
  if (credentials === undefined || credential === undefined) return undefined;
  if (plan.kind !== 'write' && plan.kind !== 'unchanged') return undefined;
  if (!concernsServer(begun, plan, credential.spec.keys)) return undefined;
  const run: LoginRun = { ...parts, engine, credentials, credential, options };
  const { to, force } = options;
  return { run, plan, wish: { kind: 'rollback', to, ...(force && { forced: true }) } };
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

/** Secret and server go back together. Resolves with the exit code. Throws LockstepError where it could not begin. */
export async function rollbackLogin({ run, wish, plan }: LoginRollback): Promise<number> {
  const { place, say } = run;
  const begun = await beginLoginRun(run);
  const secret = `Secret ${place.namespace}/${place.name}`;
  if (plan.kind === 'write')
    say(
      `${secret} goes back to version ${wish.to}, and its server with it: ${changesText(plan, begun.held.secret.data)}`,
    );
  return await carryOutWish(run, begun, wish);
}

/** What `rollbackLogin` would do, found out by the same steps up to the first that changes anything. Resolves with the exit code. */
export async function rehearseLoginRollback({ run, wish }: LoginRollback): Promise<number> {
  return await rehearseLogin(run, await beginLoginRun(run), wish);
}
