import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { planNewDatabase, type Recreation } from '../../engine/init-db/database-plan.ts';
import type { FirstLogin } from '../../engine/init-db/initial-login.ts';
import { adminCredentialIn } from '../../engine/login/admin-in-secret.ts';
import { verdictSentence } from '../../engine/login/login-messages.ts';
import { isPasswordRight, isRefused, type LoginVerdict } from '../../engine/login/login-result.ts';
import type { Credential } from '../../engine/record/credential.ts';
import type { ServerTarget, Tls } from '../../engine/server/target.ts';
import { LockstepError, systemCode } from '../../errors.ts';
import { openDatabaseServer } from '../../postgres/new-database.ts';
import { tryLogin } from '../../postgres/protocol/login.ts';
import type { Shell } from '../cli/shell.ts';
import { readMountedSecret } from './mounted-secret.ts';

export interface InitServerOptions {
  readonly host: string;
  readonly port: string;
  readonly tls: Tls['mode'];
  readonly caFile?: string;
  readonly adminDir?: string;
  /** Milliseconds. */
  readonly wait: number;
  readonly recreate?: boolean;
  readonly yesDeleteData?: string;
}

/** A login, or a statement. CREATE DATABASE copies files. Milliseconds. */
const PATIENCE = 30_000;
const BETWEEN_TRIES = 1000;

/**
 * Proves the login on a server that runs; where there is an administrator, what it lacks is made first. Resolves with the exit code: 0 it works, 1 it is
 * refused. Throws a LockstepError where the server can't be asked.
 */
export async function initServer(
  login: FirstLogin,
  options: InitServerOptions,
  { onSignal }: Pick<Shell, 'onSignal'>,
  say: (good: boolean, text: string) => void,
): Promise<number> {
  const target = await targetOf(login, options);
  const admin = options.adminDir === undefined ? undefined : await adminIn(options.adminDir);
  const recreation = recreationOf(options, admin);
  const stop = new AbortController();
  onSignal(() => stop.abort(new LockstepError('INIT_STOPPED')));
  const proving = { timeout: PATIENCE, signal: stop.signal };

  const first = await patientLogin(target, login, options.wait, proving);
  if (admin === undefined || !mayBeMended(first)) return tell(first, target, login, say);
  await using server = await openDatabaseServer({ ...target, database: 'postgres' }, admin, {
    ...proving,
    role: login.role,
  });
  const facts = { ...(await server.look(login.role, login.database)), ...login, login: first };
  const plan = planNewDatabase(facts, recreation, new Date());
  if (plan.kind === 'refused') {
    say(false, `PostgreSQL at ${target.host}:${target.port}: ${plan.why}`);
    return 1;
  }
  if (plan.kind === 'nothing' && recreation !== undefined)
    say(true, 'nothing is recreated, for this login works: for that, set another password first');
  for (const step of plan.kind === 'steps' ? plan.steps : []) {
    await server.take(step, login);
    say(
      true,
      `${DONE[step]} ${step === 'make-role' || step === 'set-password' ? login.role : login.database}`,
    );
  }
  return tell(await tryLogin(target, login, proving), target, login, say);
}

const DONE = {
  'make-role': 'made role',
  'set-password': 'gave the password of the Secret to role',
  'drop-database': 'deleted database',
  'make-database': 'made database',
} as const;

async function targetOf({ database }: FirstLogin, options: InitServerOptions): Promise<ServerTarget> {
  const { host, tls: mode, caFile } = options;
  const port = /^\d{1,5}$/.test(options.port) ? Number(options.port) : 0;
  if (port < 1 || port > 65_535)
    throw new LockstepError('BAD_OPTION', ['--port', 'give a number from 1 to 65535']);
  if (caFile === undefined && mode === 'verify-ca')
    throw new LockstepError('BAD_OPTION', ['--tls', 'verify-ca needs --ca-file; verify-full does without']);
  if (caFile === undefined) return { host, port, database, tls: { mode } };
  try {
    return { host, port, database, tls: { mode, ca: await readFile(caFile, 'utf8') } };
  } catch (error) {
    throw new LockstepError('BAD_OPTION', ['--ca-file', `cannot read ${caFile} (${systemCode(error)})`]);
  }
}

async function adminIn(folder: string): Promise<Credential> {
  const admin = adminCredentialIn({ data: await readMountedSecret(folder, '--admin-dir') });
  if ('fault' in admin) throw new LockstepError('BAD_OPTION', ['--admin-dir', `${folder}: ${admin.fault}`]);
  return admin;
}

function recreationOf(
  { recreate = false, yesDeleteData: deleting }: InitServerOptions,
  admin: Credential | undefined,
): Recreation | undefined {
  if (!recreate && deleting !== undefined)
    throw new LockstepError('BAD_OPTION', ['--yes-delete-data', 'say --recreate too']);
  if (recreate && admin === undefined)
    throw new LockstepError('BAD_OPTION', ['--recreate', 'give the --admin-dir of a role that may do that']);
  return recreate ? { deleting } : undefined;
}

/** What a server that has just been started says goes by. */
const PASSES: ReadonlySet<LoginVerdict['kind']> = new Set([
  'dns',
  'refused',
  'timeout',
  'cut',
  'too-many-connections',
  'starting-up',
]);

async function patientLogin(
  target: ServerTarget,
  login: FirstLogin,
  wait: number,
  proving: { readonly timeout: number; readonly signal: AbortSignal },
): Promise<LoginVerdict> {
  const end = Date.now() + wait;
  for (;;) {
    const verdict = await tryLogin(target, login, proving);
    if (!PASSES.has(verdict.kind) || Date.now() >= end) return verdict;
    await sleep(BETWEEN_TRIES, undefined, { signal: proving.signal }).catch(() =>
      proving.signal.throwIfAborted(),
    );
  }
}

/** An administrator may know more, or do something about it. */
const mayBeMended = (verdict: LoginVerdict): boolean =>
  verdict.kind === 'no-database' || isRefused(verdict) || isPasswordRight(verdict);

function tell(
  verdict: LoginVerdict,
  target: ServerTarget,
  { role }: FirstLogin,
  say: (good: boolean, text: string) => void,
): number {
  const sentence = verdictSentence(verdict, { ...target, role });
  if (PASSES.has(verdict.kind)) throw new LockstepError('POSTGRES_LOGIN', [sentence]);
  const works = verdict.kind === 'ok' && !verdict.standby;
  say(works && verdict.unproven !== true, sentence);
  return works ? 0 : 1;
}
