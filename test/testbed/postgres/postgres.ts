import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type KeyPair, makeServerCertificate } from '../cluster/pki.ts';
import { type Daemon, startDaemon } from '../process/daemon.ts';
import { onProcessEnd } from '../process/guard.ts';
import { freePort } from '../process/ports.ts';
import { until } from '../process/until.ts';
import {
  initialise,
  type Major,
  majorsHere,
  postmasterStatus,
  programsOf,
  serverUser,
  type User,
} from './server.ts';

export interface PostgresOptions {
  /** The newest here unless told. */
  readonly version?: Major;
  /** An address of this machine; `127.0.0.1` unless told. */
  readonly host?: string;
  /** Lines of pg_hba.conf, instead of SCRAM for everybody. The superuser comes in by the socket in any case. */
  readonly hba?: readonly string[];
  /** As in postgresql.conf: `{ log_statement: 'all' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A certificate for these names, issued by an authority of its own; or one that is made already. */
  readonly tls?: { readonly names: readonly string[] } | { readonly certificate: KeyPair };
}

export interface Postgres {
  readonly version: Major;
  readonly host: string;
  readonly port: number;
  readonly superuser: { readonly role: 'postgres'; readonly password: string };
  /** PEM of the authority of its certificate; undefined without TLS. */
  readonly ca: string | undefined;
  /** The folder of `.s.PGSQL.PORT`. */
  readonly socketDir: string;
  readonly dataDir: string;
  /** All that the server has logged so far. */
  log(): string;
  /** Rows of the last statement. As the superuser through the socket, whatever pg_hba.conf says, or as `as` over TCP. */
  sql(text: string, options?: SqlOptions): Promise<readonly Record<string, unknown>[]>;
  /** Replaces the lines of pg_hba.conf, and has them read. */
  admit(hba: readonly string[]): Promise<void>;
  isRunning(): boolean;
  /** `fast` ends sessions, `immediate` is a crash. */
  stop(how?: 'fast' | 'immediate'): Promise<void>;
  /** On the same port and data; `settings` come on top of those it had. */
  start(settings?: Readonly<Record<string, string>>): Promise<void>;
  restart(settings?: Readonly<Record<string, string>>): Promise<void>;
  /** Leaves the server running, with its folder, when this process ends. Returns the id of its process. */
  leave(): number;
}

/** A test, or whatever else ends some time. */
export interface Scope {
  readonly teardown: (cleanup: () => unknown) => void;
}

export interface SqlOptions {
  readonly as?: { readonly role: string; readonly password: string };
  readonly database?: string;
}

const SUPERUSER = { role: 'postgres', password: 'of the superuser, in tests' } as const;
const HBA_ALL = ['local all all scram-sha-256', 'host all all all scram-sha-256'];

/** No crash of the machine is survived here, one of the server is. */
const FAST_SETTINGS = { fsync: 'off', full_page_writes: 'off', shared_buffers: '16MB' };

/** A real server of its own for this test: a second to start, gone with its folder when `t` is done or the process ends. */
export async function aPostgres(t: Scope, options: PostgresOptions = {}): Promise<Postgres> {
  return aPostgresWith(t, options, (dataDir) => {
    const passwordFile = `${dataDir}.password`;
    write(passwordFile, SUPERUSER.password, serverUser());
    initialise(options.version ?? majorsHere()[0]!, dataDir, passwordFile, serverUser());
    rmSync(passwordFile);
  });
}

/** The same on a data folder that `fill` makes: it belongs to the user of the server. */
export async function aPostgresWith(
  t: Scope,
  options: PostgresOptions,
  fill: (dataDir: string) => Promise<void> | void,
): Promise<Postgres> {
  const dir = mkdtempSync(join(tmpdir(), 'lockstep-postgres-'));
  const callOff = onProcessEnd('sleep 1; rm -rf "$1"', dir);
  own(dir, serverUser());
  await fill(join(dir, 'data'));
  const server = await serve(dir, serverUser(), options, callOff);
  t.teardown(async () => {
    await server.stop('immediate');
    callOff();
    rmSync(dir, { recursive: true, force: true });
  });
  await server.start();
  return server;
}

async function serve(
  dir: string,
  user: User | undefined,
  options: PostgresOptions,
  keepFolder: () => void,
): Promise<Postgres> {
  const { version = majorsHere()[0]!, host = '127.0.0.1', hba = HBA_ALL } = options;
  const dataDir = join(dir, 'data');
  const port = await freePort(host);
  const ca = options.tls && (await writeCertificate(dataDir, options.tls, user));
  writeHba(dataDir, hba, user);

  let settings: Readonly<Record<string, string>> = {
    ...FAST_SETTINGS,
    port: String(port),
    listen_addresses: host,
    unix_socket_directories: dir,
    ssl: ca === undefined ? 'off' : 'on',
    ...options.settings,
  };
  let daemon: Daemon | undefined;

  const server: Postgres = {
    version,
    host,
    port,
    superuser: SUPERUSER,
    ca,
    socketDir: dir,
    dataDir,
    log: () => daemon?.log() ?? '',
    sql: (text, { as, database = 'postgres' } = {}) =>
      query(
        as === undefined
          ? { host: dir, port, user: SUPERUSER.role, password: '', database }
          : { host, port, user: as.role, password: as.password, database },
        text,
      ),
    admit: async (lines) => {
      writeHba(dataDir, lines, user);
      const loaded = 'SELECT pg_conf_load_time()::text AS at';
      const [before] = await server.sql(loaded);
      await server.sql('SELECT pg_reload_conf()');
      await until('pg_hba.conf to be read', [], async () => (await server.sql(loaded))[0]?.at !== before?.at);
    },
    isRunning: () => daemon?.isRunning() === true,
    stop: async (how = 'fast') => {
      await daemon?.stop(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
    },
    start: async (more = {}) => {
      settings = { ...settings, ...more };
      daemon = startDaemon({
        name: `postgres ${version}`,
        command: join(programsOf(version), 'postgres'),
        args: [
          '-D',
          dataDir,
          ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
        ],
        dir,
        logFile: join(dir, 'log'),
        env: { TZ: 'UTC' },
        user,
        lastSignal: 'SIGQUIT',
      });
      await until('PostgreSQL', [daemon], () => /ready|standby/.test(postmasterStatus(dataDir) ?? ''));
    },
    restart: async (more) => {
      await server.stop();
      await server.start(more);
    },
    leave: () => {
      if (daemon === undefined) throw new Error('the server was not started');
      keepFolder();
      daemon.leave();
      return daemon.pid;
    },
  };
  return server;
}

async function query(config: pg.ClientConfig, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ ...config, ssl: false, application_name: 'test' });
  client.on('error', () => {});
  await client.connect();
  try {
    const result: pg.QueryResult | pg.QueryResult[] = await client.query(text);
    return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? [];
  } finally {
    await client.end();
  }
}

/** Of the testbed itself, and of standbys. */
const HBA_TESTBED = ['local all,replication postgres trust'];

function writeHba(dataDir: string, lines: readonly string[], user: User | undefined): void {
  write(join(dataDir, 'pg_hba.conf'), [...HBA_TESTBED, ...lines, ''].join('\n'), user);
}

/** @returns PEM of the authority. */
async function writeCertificate(
  dataDir: string,
  tls: NonNullable<PostgresOptions['tls']>,
  user: User | undefined,
): Promise<string> {
  const { ca, server } =
    'names' in tls
      ? await makeServerCertificate(tls.names)
      : { ca: tls.certificate.cert, server: tls.certificate };
  write(join(dataDir, 'server.crt'), server.cert, user);
  write(join(dataDir, 'server.key'), server.key, user);
  return ca;
}

function write(path: string, text: string, user: User | undefined): void {
  writeFileSync(path, text, { mode: 0o600 });
  own(path, user);
}

function own(path: string, user: User | undefined): void {
  if (user !== undefined) chownSync(path, user.uid, user.gid);
}
