import { setTimeout as sleep } from 'node:timers/promises';
import { adminCredentialIn } from '../../engine/login/in-secret/admin-in-secret.ts';
import { planNewDatabase, type Recreation } from '../../engine/login/init-db/database-plan.ts';
import type { InitialLogin } from '../../engine/login/init-db/initial-login.ts';
import { loginSentence } from '../../engine/login/result/login-messages.ts';
import { isPasswordCorrect, isRefused, type LoginResult } from '../../engine/login/result/login-result.ts';
import type { ServerTarget, Tls } from '../../engine/login/server/target.ts';
import type { Credential } from '../../engine/secret/record/credential.ts';
import { MAX_SECRET_BYTES } from '../../engine/secret/secret.ts';
import { LockstepError, systemCode } from '../../errors/errors.ts';
import { openDatabaseServer } from '../../postgres/new-database.ts';
import { tryLogin } from '../../postgres/protocol/login.ts';
import { readLimited } from '../../read-limited.ts';
import type { Shell } from '../cli/shell.ts';
import { readMountedSecret } from './mounted-secret.ts';

export interface InitServerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: Tls['mode'];
  readonly caFile?: string;
  readonly adminDir?: string;
  /** In milliseconds. */
  readonly wait: number;
  readonly recreate?: boolean;
  readonly yesDeleteData?: string;
}

/** Limits a login or a statement. CREATE DATABASE copies files. */
const TIMEOUT_MS = 30_000;
const RETRY_INTERVAL_MS = 1000;

/**
 * Proves the login on a running server. If there is an administrator, it first creates the missing parts. Resolves with
 * the exit code: 0 if the login works, 1 if the server refuses it. Throws a LockstepError if the server can't be asked.
 */
export async function initServer(
  login: InitialLogin,
  options: InitServerOptions,
  { onSignal }: Pick<Shell, 'onSignal'>,
  report: (good: boolean, text: string) => void,
): Promise<number> {
  const target = await targetOf(login, options);
  const admin = options.adminDir === undefined ? undefined : await readAdminLogin(options.adminDir);
  const recreation = recreationOf(options, admin);
  const stop = new AbortController();
  onSignal(() => stop.abort(new LockstepError('INIT_STOPPED')));
  const loginOptions = { timeout: TIMEOUT_MS, signal: stop.signal };

  const first = await loginWithRetry(target, login, options.wait, loginOptions);
  if (admin === undefined || !mayBeFixed(first)) return reportResult(first, target, login, report);
  await using server = await openDatabaseServer({ ...target, database: 'postgres' }, admin, {
    ...loginOptions,
    role: login.role,
  });
  const facts = { ...(await server.inspect(login.role, login.database)), ...login, login: first };
  const plan = planNewDatabase(facts, recreation, new Date());
  if (plan.kind === 'refused') {
    report(false, `PostgreSQL at ${target.host}:${target.port}: ${plan.why}`);
    return 1;
  }
  if (plan.kind === 'nothing' && recreation !== undefined)
    report(true, 'nothing is recreated, for this login works: for that, set another password first');
  for (const step of plan.kind === 'steps' ? plan.steps : []) {
    await server.runStep(step, login);
    report(
      true,
      `${STEP_DONE_TEXT[step]} ${step === 'make-role' || step === 'set-password' ? login.role : login.database}`,
    );
  }
  return reportResult(await tryLogin(target, login, loginOptions), target, login, report);
}

const STEP_DONE_TEXT = {
  'make-role': 'made role',
  'set-password': 'gave the password of the Secret to role',
  'drop-database': 'deleted database',
  'make-database': 'made database',
} as const;

async function targetOf({ database }: InitialLogin, options: InitServerOptions): Promise<ServerTarget> {
  const { host, port, tls: mode, caFile } = options;
  if (caFile === undefined && mode === 'verify-ca')
    throw new LockstepError('BAD_OPTION', ['--tls', 'verify-ca needs --ca-file; verify-full does without']);
  if (caFile === undefined) return { host, port, database, tls: { mode } };
  try {
    return {
      host,
      port,
      database,
      tls: { mode, ca: (await readLimited(caFile, MAX_SECRET_BYTES)).toString() },
    };
  } catch (error) {
    throw new LockstepError('BAD_OPTION', ['--ca-file', `cannot read ${caFile} (${systemCode(error)})`]);
  }
}

async function readAdminLogin(folder: string): Promise<Credential> {
  const admin = adminCredentialIn({ data: await readMountedSecret(folder, '--admin-dir') });
  if ('fault' in admin) throw new LockstepError('BAD_OPTION', ['--admin-dir', `${folder}: ${admin.fault}`]);
  return admin;
}

function recreationOf(
  { recreate = false, yesDeleteData: deleting }: InitServerOptions,
  admin: Credential | undefined,
): Recreation | undefined {
  if (recreate && admin === undefined)
    throw new LockstepError('BAD_OPTION', ['--recreate', 'give the --admin-dir of a role that may do that']);
  return recreate ? { deleting } : undefined;
}

/** Transient answers of a server that has just started. */
const TRANSIENT_KINDS: ReadonlySet<LoginResult['kind']> = new Set([
  'dns',
  'refused',
  'timeout',
  'cut',
  'too-many-connections',
  'starting-up',
]);

async function loginWithRetry(
  target: ServerTarget,
  login: InitialLogin,
  wait: number,
  loginOptions: { readonly timeout: number; readonly signal: AbortSignal },
): Promise<LoginResult> {
  const end = Date.now() + wait;
  for (;;) {
    const loginResult = await tryLogin(target, login, loginOptions);
    if (!TRANSIENT_KINDS.has(loginResult.kind) || Date.now() >= end) return loginResult;
    await sleep(RETRY_INTERVAL_MS, undefined, { signal: loginOptions.signal }).catch(() =>
      loginOptions.signal.throwIfAborted(),
    );
  }
}

/** An administrator may know more, or be able to fix it. */
const mayBeFixed = (loginResult: LoginResult): boolean =>
  loginResult.kind === 'no-database' || isRefused(loginResult) || isPasswordCorrect(loginResult);

function reportResult(
  loginResult: LoginResult,
  target: ServerTarget,
  { role }: InitialLogin,
  report: (good: boolean, text: string) => void,
): number {
  const sentence = loginSentence(loginResult, { ...target, role });
  if (TRANSIENT_KINDS.has(loginResult.kind)) throw new LockstepError('POSTGRES_LOGIN', [sentence]);
  const isWorking = loginResult.kind === 'ok' && !loginResult.standby;
  report(isWorking && loginResult.unproven !== true, sentence);
  return isWorking ? 0 : 1;
}
