import { isShutDown, stateOf } from '../../engine/login/init-db/data-directory.ts';
import { dataDirectoryMessage, START_OVER } from '../../engine/login/init-db/data-directory-message.ts';
import { type InitialLogin, validateInitialLogin } from '../../engine/login/init-db/initial-login.ts';
import { LockstepError } from '../../errors/errors.ts';
import { matchesVerifier } from '../../postgres/protocol/scram.ts';
import { cliContext } from '../cli/cli-context.ts';
import type { Shell } from '../cli/shell.ts';
import { openPolicyEngine } from '../manifests/policy-engine.ts';
import { readDataDirectory } from './data-directory.ts';
import { readEnvironmentValues, readMountedSecret } from './mounted-secret.ts';
import { type InitServerOptions, initServer } from './server.ts';
import { readStoredVerifier } from './stored-verifier.ts';

export interface InitDbOptions extends Omit<InitServerOptions, 'host'> {
  readonly dataDir?: string;
  readonly major?: string;
  readonly secretDir?: string;
  readonly host?: string;
}

/**
 * Runs before PostgreSQL starts, or next to a running server. Resolves with the exit code: 0 to continue, 1 if refused.
 * Throws a LockstepError if it can't read the facts.
 */
export async function initDb(options: InitDbOptions, shell: Shell): Promise<number> {
  const { host, dataDir = host === undefined ? shell.env.PGDATA : undefined } = options;
  requireConsistentOptions(dataDir, options);
  const report = (good: boolean, text: string): void => {
    (good ? shell.stdout : shell.stderr).write(`lockstep: ${text}\n`);
  };

  const before = dataDir === undefined ? undefined : await checkDirectory(dataDir, options, shell);
  if (before !== undefined && before.kind !== 'empty') report(before.kind === 'made', before.text);
  if (before?.kind === 'unfit') return 1;
  const login = await evaluateFirstLogin(
    options,
    before?.kind === 'made' && host === undefined,
    shell,
    report,
  );
  if (login === 'refuse') return 1;
  if (before?.kind === 'empty') report(true, before.text);
  if (login === undefined) return 0;
  if (before?.kind === 'made' && before.isShutDown && host === undefined)
    await comparePassword(before.folder, login, report);
  if (host === undefined) return 0;
  return initServer(login, { ...options, host }, shell, report);
}

function requireConsistentOptions(
  dataDir: string | undefined,
  { host, major, tls, caFile }: InitDbOptions,
): void {
  if (dataDir === undefined && host === undefined)
    throw new LockstepError('BAD_OPTION', [
      'init-db',
      'give --data-dir, or the --host of a server that runs',
    ]);
  if (dataDir === undefined && major !== undefined)
    throw new LockstepError('BAD_OPTION', ['--major', 'it has no effect without --data-dir']);
  if (caFile !== undefined && (tls === 'disable' || tls === 'prefer'))
    throw new LockstepError('BAD_OPTION', [
      '--ca-file',
      `--tls ${tls} verifies no certificate: give require, verify-ca or verify-full`,
    ]);
}

type Report = (good: boolean, text: string) => void;

/** `made`: there is a database, and the login is not read again. `unfit`: no server may start on it. */
interface DirectoryCheck {
  readonly kind: 'empty' | 'made' | 'unfit';
  readonly folder: string;
  readonly text: string;
  /** The files then hold the whole state. */
  readonly isShutDown: boolean;
}

async function checkDirectory(
  folder: string,
  { major, host, recreate = false }: InitDbOptions,
  { env }: Pick<Shell, 'env'>,
): Promise<DirectoryCheck> {
  const directory = await readDataDirectory(folder);
  const state = stateOf(directory);
  const { isUsable, text } = dataDirectoryMessage(state, folder, major ?? env.PG_MAJOR);
  const found = { folder, text, isShutDown: isShutDown(directory) };
  if (!isUsable) return { ...found, kind: 'unfit' };
  if (state.kind === 'empty') return { ...found, kind: 'empty' };
  return recreate && host === undefined
    ? { ...found, kind: 'unfit', text: `the data directory ${folder} ${START_OVER}` }
    : { ...found, kind: 'made' };
}

/**
 * Compares the database with the password of the Secret, by its files. It reports nothing that the files leave open.
 */
async function comparePassword(
  folder: string,
  { role, password, key }: InitialLogin,
  report: Report,
): Promise<void> {
  const stored = await readStoredVerifier(folder, role);
  if (stored.kind === 'none') report(false, `it has no role ${role} with a password: ${ASK_DOCTOR}`);
  if (stored.kind !== 'found') return;
  const isMatch = await matchesVerifier(password, stored.verifier, role);
  if (isMatch === true) report(true, `its role ${role} has the password of ${key}`);
  if (isMatch === false) report(false, `its role ${role} has another password than ${key}: ${ASK_DOCTOR}`);
}

const ASK_DOCTOR =
  'it starts as it is, and a PostgresCredential brings Secret and server together; without one lockstep doctor NAMESPACE/NAME says how';

/** An existing database starts whatever its Secret holds. Only faults of the Secret are reported then. */
async function evaluateFirstLogin(
  { secretDir }: InitDbOptions,
  exists: boolean,
  shell: Pick<Shell, 'env' | 'root' | 'stderr' | 'cpu'>,
  report: Report,
) {
  const values =
    secretDir === undefined
      ? await readEnvironmentValues(shell.env)
      : await readMountedSecret(secretDir, '--secret-dir');
  if (exists && values.size === 0) return undefined;
  const { policies } = await openPolicyEngine({ policy: [], builtin: [] }, shell);
  const { login, errors, warnings } = validateInitialLogin(values, policies, cliContext(shell));
  for (const line of [...errors, ...warnings]) report(false, line);
  if (!exists && shell.env.POSTGRES_HOST_AUTH_METHOD === 'trust')
    report(false, 'POSTGRES_HOST_AUTH_METHOD is trust: the server will ask nobody for a password');
  return login ?? (exists ? undefined : 'refuse');
}
