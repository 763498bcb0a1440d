import { isSameCredential } from '../engine/credential/credential.ts';
import { loginAmong } from '../engine/credential/login-among.ts';
import type { LoginKeys } from '../engine/credential/publish.ts';
import { denies } from '../engine/finding.ts';
import type { Restoring, RollbackPlan } from '../engine/rollback.ts';
import { LockstepError } from '../errors.ts';
import { changesText } from '../report/rollback-text.ts';
import type { BegunRollback } from './begin-rollback.ts';
import { carryOutWish } from './carry-out-wish.ts';
import { credentialsIn } from './credentials-in.ts';
import { beginLoginRun, type LoginRun, type LoginRunOptions } from './login-run.ts';

export interface LoginRollback extends LoginRun {
  /** The number of a version. */
  readonly to: number;
}

interface GoingBack extends Pick<LoginRun, 'place' | 'cluster' | 'around' | 'shell' | 'say'> {
  readonly begun: BegunRollback;
  readonly options: LoginRunOptions & { readonly to: number };
}

/** Undefined where the server has nothing to do with it. */
export async function loginToGoBack(
  { begun, options, ...run }: GoingBack,
  plan: RollbackPlan,
): Promise<LoginRollback | undefined> {
  const credentials = await credentialsIn(run.cluster, run.place.namespace).catch((error: unknown) => {
    // Who may not read them has no login, unless the record knows of one.
    if (begun.record.login === undefined && isForbidden(error)) return undefined;
    throw error;
  });
  const credential = credentials?.of(run.place);
  if (
    credentials === undefined ||
    credential === undefined ||
    !concernsServer(begun, plan, credential.spec.keys)
  )
    return undefined;
  const { engine } = begun;
  return { ...run, engine, credentials, credential, options, to: options.to };
}

const isForbidden = (error: unknown): boolean =>
  error instanceof LockstepError && error.code === 'LOCKSTEP_READ_FORBIDDEN';

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

export function nothingWritten(login: LoginRollback): number {
  login.say(serverLine(login));
  login.say('nothing was written');
  return 0;
}
