import { isShutDown, stateOf } from '../../engine/init-db/data-directory.ts';
import { BEGIN_ANEW, directorySentence } from '../../engine/init-db/data-directory-message.ts';
import { type FirstLogin, judgeFirstLogin } from '../../engine/init-db/initial-login.ts';
import { LockstepError } from '../../errors.ts';
import { fitsVerifier } from '../../postgres/protocol/scram.ts';
import { surroundings } from '../cli/cli-context.ts';
import type { Shell } from '../cli/shell.ts';
import { openEngine } from '../manifests/policy-engine.ts';
import { readDataFolder } from './data-directory.ts';
import { readMountedSecret, valuesInEnvironment } from './mounted-secret.ts';
import { type InitServerOptions, initServer } from './server.ts';
import { storedVerifierOf } from './stored-verifier.ts';

export interface InitDbOptions extends Omit<InitServerOptions, 'host'> {
  readonly dataDir?: string;
  readonly major?: string;
  readonly secretDir?: string;
  readonly host?: string;
}

/**
 * What runs before PostgreSQL does, or beside one that runs. Resolves with the exit code: 0 go on, 1 refused. Throws a LockstepError where it could not
 * look.
 */
export async function initDb(options: InitDbOptions, shell: Shell): Promise<number> {
  const { host, dataDir = host === undefined ? shell.env.PGDATA : undefined } = options;
  requireSense(dataDir, options);
  const say = (good: boolean, text: string): void => {
    (good ? shell.stdout : shell.stderr).write(`lockstep: ${text}\n`);
  };

  const before = dataDir === undefined ? undefined : await lookAt(dataDir, options, shell);
  if (before !== undefined && before.kind !== 'empty') say(before.kind === 'made', before.text);
  if (before?.kind === 'unfit') return 1;
  const login = await judgedLogin(options, before?.kind === 'made' && host === undefined, shell, say);
  if (login === 'refuse') return 1;
  if (before?.kind === 'empty') say(true, before.text);
  if (login === undefined) return 0;
  if (before?.kind === 'made' && before.isShutDown && host === undefined)
    await compare(before.folder, login, say);
  if (host === undefined) return 0;
  return initServer(login, { ...options, host }, shell, say);
}

function requireSense(dataDir: string | undefined, { host, yesDeleteData }: InitDbOptions): void {
  if (dataDir === undefined && host === undefined)
    throw new LockstepError('BAD_OPTION', [
      'init-db',
      'give --data-dir, or the --host of a server that runs',
    ]);
  if (host === undefined && yesDeleteData !== undefined)
    throw new LockstepError('BAD_OPTION', [
      '--yes-delete-data',
      'give --host too: no data directory is deleted',
    ]);
}

type Say = (good: boolean, text: string) => void;

/** `made`: there is a database, and nobody reads the login again. `unfit`: no server is to start on it. */
interface Found {
  readonly kind: 'empty' | 'made' | 'unfit';
  readonly folder: string;
  readonly text: string;
  /** So that its files tell all. */
  readonly isShutDown: boolean;
}

async function lookAt(
  folder: string,
  { major, host, recreate = false }: InitDbOptions,
  { env }: Pick<Shell, 'env'>,
): Promise<Found> {
  const directory = await readDataFolder(folder);
  const state = stateOf(directory);
  const { good, text } = directorySentence(state, folder, major ?? env.PG_MAJOR);
  const found = { folder, text, isShutDown: isShutDown(directory) };
  if (!good) return { ...found, kind: 'unfit' };
  if (state.kind === 'empty') return { ...found, kind: 'empty' };
  return recreate && host === undefined
    ? { ...found, kind: 'unfit', text: `the data directory ${folder} ${BEGIN_ANEW}` }
    : { ...found, kind: 'made' };
}

/** Whether the database has the password of the Secret, by its files. What they don't tell is not said. */
async function compare(folder: string, { role, password, key }: FirstLogin, say: Say): Promise<void> {
  const stored = await storedVerifierOf(folder, role);
  if (stored.kind === 'none') say(false, `it has no role ${role} with a password: ${ASK_DOCTOR}`);
  if (stored.kind !== 'found') return;
  const fits = await fitsVerifier(password, stored.verifier, role);
  if (fits === true) say(true, `its role ${role} has the password of ${key}`);
  if (fits === false) say(false, `its role ${role} has another password than ${key}: ${ASK_DOCTOR}`);
}

const ASK_DOCTOR =
  'it starts as it is, and a PostgresCredential brings Secret and server together; without one lockstep doctor NAMESPACE/NAME says how';

/** A database that is there is started whatever its Secret holds now: of that, faults are told. */
async function judgedLogin(
  { secretDir }: InitDbOptions,
  isMade: boolean,
  shell: Pick<Shell, 'env' | 'root' | 'stderr' | 'cpu'>,
  say: Say,
) {
  const values =
    secretDir === undefined
      ? await valuesInEnvironment(shell.env)
      : await readMountedSecret(secretDir, '--secret-dir');
  if (isMade && values.size === 0) return undefined;
  const { policies } = await openEngine({ policy: [], builtin: [] }, shell);
  const { login, refused, noted } = judgeFirstLogin(values, policies, surroundings(shell));
  for (const line of [...refused, ...noted]) say(false, line);
  if (!isMade && shell.env.POSTGRES_HOST_AUTH_METHOD === 'trust')
    say(false, 'POSTGRES_HOST_AUTH_METHOD is trust: the server will ask nobody for a password');
  return login ?? (isMade ? undefined : 'refuse');
}
