import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import type { Test } from 'tap';
import {
  type Major,
  majorsHere,
  postmasterStatus,
  programsOf,
  serverUser,
} from '../../testbed/postgres/server.ts';
import { type Daemon, startDaemon } from '../../testbed/process/daemon.ts';
import { onProcessEnd } from '../../testbed/process/guard.ts';
import { freePort } from '../../testbed/process/ports.ts';
import { until } from '../../testbed/process/until.ts';

/** Variables of the container that its entry point reads. */
export interface ImageEnv {
  readonly POSTGRES_USER?: string;
  readonly POSTGRES_PASSWORD?: string;
  readonly POSTGRES_PASSWORD_FILE?: string;
  readonly POSTGRES_DB?: string;
}

export interface OfficialImage {
  /** A folder that a test may fill before the first start. */
  readonly volume: string;
  /** PGDATA, in the volume. */
  readonly dataDir: string;
  /** An address that pg_hba.conf trusts, as inside the pod. */
  readonly loopback: { readonly host: string; readonly port: number };
  /** How others come: from an address that no line of it trusts. */
  readonly service: { readonly host: string; readonly port: number };
  /**
   * The container starts. `dies`: before initdb is done, or in its own set-up, as by an init script that fails. Rejects
   * with what the entry point prints where it gives up.
   */
  start(
    env: ImageEnv,
    options?: { readonly dies?: 'in initdb' | 'in its set-up' },
  ): Promise<'initialised' | 'skipped' | 'died'>;
  /** The container ends; the volume stays. */
  stop(): Promise<void>;
}

const ADDRESSES = '127.0.0.1';

/**
 * The image `postgres:N` without a container: the steps of its docker-entrypoint.sh
 * (github.com/docker-library/postgres, 2026) on a real server. It makes a database only if PG_VERSION is missing or
 * empty. initdb uses the first line of POSTGRES_PASSWORD, for a superuser. Loopback is trusted, every other client
 * needs SCRAM. `inVolume` is the path of PGDATA in the volume. /
 */
export async function anOfficialImage(
  t: Test,
  version: Major = majorsHere()[0]!,
  inVolume = 'data',
): Promise<OfficialImage> {
  const volume = mkdtempSync(join(tmpdir(), 'lockstep-image-'));
  const callOff = onProcessEnd('sleep 1; rm -rf "$1" "$1.log"', volume);
  const image = { version, volume, dataDir: join(volume, inVolume), port: await freePort() };
  own(volume);
  let daemon: Daemon | undefined;
  const serve = async (addresses: string): Promise<void> => {
    daemon = await startServer(image, addresses);
  };
  const stop = async (): Promise<void> => {
    await daemon?.stop('SIGINT');
  };
  t.teardown(async () => {
    await stop();
    callOff();
    for (const path of [volume, `${volume}.log`]) rmSync(path, { recursive: true, force: true });
  });

  return {
    ...image,
    loopback: { host: '127.0.0.1', port: image.port },
    service: { host: '127.0.0.1', port: await aService(t, image.port) },
    stop,
    start: async (env, { dies } = {}) => {
      makeFolders(image);
      if (fileText(join(image.dataDir, 'PG_VERSION')) !== '') {
        await serve(ADDRESSES);
        return 'skipped';
      }
      const given = fileEnv(env);
      if (dies === 'in initdb') {
        await killInitdb(image, given);
        return 'died';
      }
      await initdb(image, given).ended;
      appendFileSync(join(image.dataDir, 'pg_hba.conf'), '\nhost all all all scram-sha-256\n');
      await serve('');
      if (dies === 'in its set-up') {
        await daemon?.stop('SIGKILL');
        // Its children end a moment later. Until then no server can start on the same data.
        await until('the children of the killed server to end', [], () => !isUsed(image.dataDir));
        return 'died';
      }
      await makeDatabase(image, given);
      await stop();
      await serve(ADDRESSES);
      return 'initialised';
    },
  };
}

/** True while a process works in this folder, as each process of PostgreSQL does. */
const isUsed = (folder: string): boolean =>
  readdirSync('/proc').some((pid) => /^\d+$/.test(pid) && workingFolderOf(pid) === folder);

function workingFolderOf(pid: string): string | undefined {
  try {
    return readlinkSync(join('/proc', pid, 'cwd'));
  } catch {
    return undefined;
  }
}

interface Image extends Pick<OfficialImage, 'volume' | 'dataDir'> {
  readonly version: Major;
  readonly port: number;
}

interface Given {
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

function own(path: string): void {
  const user = serverUser();
  if (user !== undefined) chownSync(path, user.uid, user.gid);
}

function makeFolders({ dataDir }: Image): void {
  for (const folder of [dirname(dirname(dataDir)), dirname(dataDir), dataDir]) {
    if (existsSync(folder)) continue;
    mkdirSync(folder, { mode: 0o700 });
    own(folder);
  }
}

/** Rejects with what it printed, where it fails. Its children are of its group. */
function initdb({ version, volume, dataDir }: Image, { user, password }: Given): Running {
  const file = `${volume}.pwfile`;
  writeFileSync(file, `${password}\n`);
  own(file);
  const quick = ['--no-sync', '--encoding=UTF8', '--locale=C'];
  const child = spawn(
    join(programsOf(version), 'initdb'),
    ['-D', dataDir, `--username=${user}`, `--pwfile=${file}`, ...quick],
    {
      ...serverUser(),
      cwd: volume,
      env: { PATH: process.env.PATH, HOME: volume },
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const closed = once(child, 'close');
  const ended = text(child.stderr).then(async (printed) => {
    await closed;
    rmSync(file, { force: true });
    if (child.exitCode !== 0) throw new Error(printed);
  });
  return { group: child.pid ?? 0, ended };
}

interface Running {
  readonly group: number;
  readonly ended: Promise<void>;
}

/** As the kernel does where memory runs out: initdb has no time to clean up. */
async function killInitdb(image: Image, given: Given): Promise<void> {
  const { group, ended } = initdb(image, given);
  const dead = ended.catch(() => {});
  await until('initdb to be under way', [], () => existsSync(join(image.dataDir, 'global', 'pg_control')));
  process.kill(-group, 'SIGKILL');
  await dead;
}

async function startServer({ version, volume, dataDir, port }: Image, addresses: string): Promise<Daemon> {
  const settings = { listen_addresses: addresses, port, unix_socket_directories: volume, fsync: 'off' };
  const daemon = startDaemon({
    name: `postgres ${version}`,
    command: join(programsOf(version), 'postgres'),
    args: ['-D', dataDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    dir: volume,
    logFile: `${volume}.log`,
    user: serverUser(),
    lastSignal: 'SIGQUIT',
  });
  // A server that was killed has left its postmaster.pid.
  const pid = join(dataDir, 'postmaster.pid');
  const isReady = (): boolean =>
    fileText(pid).startsWith(`${daemon.pid}\n`) && postmasterStatus(dataDir) === 'ready';
  await until('PostgreSQL', [daemon], isReady);
  return daemon;
}

/** Forwards each connection from another address, because only 127.0.0.1 and ::1 are trusted. */
async function aService(t: Test, port: number): Promise<number> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const onward = connect({ host: '127.0.0.1', port, localAddress: '127.0.0.2' });
    for (const [from, to] of [
      [client, onward],
      [onward, client],
    ] as const) {
      open.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => open.delete(from));
      from.pipe(to);
    }
  });
  t.teardown(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  const listening = await freePort();
  await new Promise<void>((resolve) => server.listen(listening, '127.0.0.1', resolve));
  return listening;
}

const fileText = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

/** `file_env` and `docker_verify_minimum_env`: `$(< file)` drops the newlines at the end. */
function fileEnv(env: ImageEnv): Given {
  const { POSTGRES_PASSWORD: plain = '', POSTGRES_PASSWORD_FILE: file = '' } = env;
  if (plain !== '' && file !== '')
    throw new Error('both POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE are set');
  const password = file === '' ? plain : readFileSync(file, 'utf8').replace(/\n+$/, '');
  if (password === '') throw new Error('Database is uninitialized and superuser password is not specified.');
  const user = env.POSTGRES_USER || 'postgres';
  return { user, password, database: env.POSTGRES_DB || user };
}

/** `docker_setup_db`, by the socket, which is trusted. */
async function makeDatabase({ volume, port }: Image, { user, database }: Given): Promise<void> {
  const client = new pg.Client({ host: volume, port, user, database: 'postgres', password: 'not asked for' });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
}
