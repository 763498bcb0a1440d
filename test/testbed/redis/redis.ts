import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { Redis as Client } from 'ioredis';
import { findBinaries } from '../binaries.ts';
import { makeServerCertificate } from '../cluster/pki.ts';
import type { Scope } from '../postgres/postgres.ts';
import { type Daemon, startDaemon } from '../process/daemon.ts';
import { onProcessEnd } from '../process/guard.ts';
import { freePort } from '../process/ports.ts';
import { until } from '../process/until.ts';

type Program = 'redis-server' | 'valkey-server';

export interface RedisOptions {
  readonly program?: Program;
  /** An address of this machine; `127.0.0.1` unless told. */
  readonly host?: string;
  /** Lines of redis.conf: `requirepass of the app`, `user app on >secret ~* +@all`. */
  readonly config?: readonly string[];
  /** Lines of an ACL file: `user app on >secret ~* +@all`. Without it, redis.conf alone has users. */
  readonly acl?: readonly string[];
  /** False: the settings are arguments, and the server has no file to rewrite. */
  readonly configFile?: false;
  /** A certificate for these names, issued by an authority of its own. Without TLS unless told. */
  readonly tls?: { readonly names: readonly string[] };
  /** Run as Sentinel, without a master. */
  readonly sentinel?: true;
}

export interface Redis {
  /** `7.0.15`, as Debian has it today. */
  readonly version: string;
  readonly host: string;
  readonly port: number;
  /** PEM of the authority of its certificate; undefined without TLS. */
  readonly ca: string | undefined;
  readonly dir: string;
  /** All that the server has logged so far. */
  log(): string;
  /** The text of redis.conf. */
  config(): string;
  /** Sends a command, by default as a user of the testbed that may do all. */
  send(command: readonly string[], as?: RedisUser): Promise<unknown>;
  /** A connection of that user that stays open until the test is done. */
  connect(as?: RedisUser): Promise<Client>;
  isRunning(): boolean;
  /** SIGKILL is a crash. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** On the same port and files. */
  start(): Promise<void>;
  restart(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

export interface RedisUser {
  readonly user: string;
  readonly password: string;
}

const TESTBED: RedisUser = { user: 'testbed', password: 'of the testbed' };
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const TESTBED_ACL = `user ${TESTBED.user} on #${sha256(TESTBED.password)} ~* &* +@all`;

/** The programs that this machine has: Debian's valkey-server is newer than some Debian. */
export function programsHere(): readonly Program[] {
  return existsSync(pathOf('valkey-server')) ? ['redis-server', 'valkey-server'] : ['redis-server'];
}

const pathOf = (program: Program): string =>
  join(dirname(findBinaries(['redis-server'])['redis-server']), program);

/** A line of `config`. */
export const CLUSTER_NODE = 'cluster-enabled yes';

/** A real server of its own for this test: gone with its folder when `t` is done or the process ends. */
export async function aRedis(t: Scope, options: RedisOptions = {}): Promise<Redis> {
  const { program = 'redis-server', host = '127.0.0.1', acl, config = [], sentinel = false } = options;
  const dir = mkdtempSync(join(tmpdir(), 'lockstep-redis-'));
  const callOff = onProcessEnd('sleep 1; rm -rf "$1"', dir);
  const port = await freePort(host);
  const configPath = join(dir, 'redis.conf');
  const ca = options.tls && (await writeCertificate(dir, options.tls.names));
  if (acl !== undefined) write(join(dir, 'users.acl'), [TESTBED_ACL, ...acl]);
  const lines = [
    `bind ${host}`,
    ...(ca === undefined ? [`port ${port}`] : ['port 0', `tls-port ${port}`, ...TLS_LINES(dir)]),
    `dir ${dir}`,
    ...(sentinel ? [] : ['save ""', 'loglevel debug']),
    ...(config.includes(CLUSTER_NODE) ? [`cluster-port ${await freePort(host)}`] : []),
    ...(acl === undefined ? [TESTBED_ACL] : [`aclfile ${dir}/users.acl`]),
    ...config,
  ];
  if (options.configFile !== false) write(configPath, lines);
  const args = options.configFile === false ? lines.flatMap(argumentsOf) : [configPath];

  let daemon: Daemon | undefined;
  const clients: Client[] = [];
  const open = async ({ user, password }: RedisUser): Promise<Client> => {
    const client = new Client({
      host,
      port,
      ...(user === '' ? {} : { username: user, password }),
      ...(ca === undefined ? {} : { tls: { ca, checkServerIdentity: () => undefined } }),
      protocol: 2,
      lazyConnect: true,
      retryStrategy: null,
      enableReadyCheck: false,
      disableClientInfo: true,
    });
    client.on('error', () => {});
    clients.push(client);
    await client.connect();
    return client;
  };
  const server: Redis = {
    version: await versionOf(program),
    host,
    port,
    ca,
    dir,
    log: () => daemon?.log() ?? '',
    config: () => readFileSync(configPath, 'utf8'),
    connect: (as = TESTBED) => open(as),
    send: async ([name = '', ...rest], as = TESTBED) => {
      const client = await open(as);
      try {
        return await client.call(name, ...rest);
      } finally {
        client.disconnect();
      }
    },
    isRunning: () => daemon?.isRunning() === true,
    stop: async (signal = 'SIGTERM') => void (await daemon?.stop(signal)),
    start: async () => {
      daemon = startDaemon({
        name: program,
        command: pathOf(program),
        args: sentinel ? [...args, '--sentinel'] : args,
        dir,
        logFile: join(dir, 'log'),
      });
      await until(program, [daemon], () => server.send(['PING']).then(() => true, isLoggedIn));
    },
    restart: async (signal) => {
      await server.stop(signal);
      await server.start();
    },
  };
  t.teardown(async () => {
    for (const client of clients) client.disconnect();
    await server.stop('SIGKILL');
    callOff();
    rmSync(dir, { recursive: true, force: true });
  });
  await server.start();
  return server;
}

/** A replica of `primary`, whose users may follow it. */
export const aReplica = (t: Scope, primary: Redis, options: RedisOptions = {}): Promise<Redis> =>
  aRedis(t, {
    ...options,
    config: [
      `replicaof ${primary.host} ${primary.port}`,
      `masteruser ${TESTBED.user}`,
      `masterauth "${TESTBED.password}"`,
      ...(options.config ?? []),
    ],
  });

/** The server answers, though it does not let this user in, or is loading its data. */
const isLoggedIn = (error: Error): boolean => /^(?:NOPERM|LOADING|MASTERDOWN)/.test(error.message);

async function versionOf(program: Program): Promise<string> {
  const { stdout } = await execa(pathOf(program), ['--version']);
  return / v=(\S+)/.exec(stdout)?.[1] ?? stdout;
}

async function writeCertificate(dir: string, names: readonly string[]): Promise<string> {
  const { ca, server } = await makeServerCertificate(names);
  write(join(dir, 'server.crt'), [server.cert]);
  write(join(dir, 'server.key'), [server.key]);
  return ca;
}

const TLS_LINES = (dir: string): readonly string[] => [
  `tls-cert-file ${dir}/server.crt`,
  `tls-key-file ${dir}/server.key`,
  'tls-auth-clients no',
];

/** `save ""` as `--save` and an empty argument. */
function argumentsOf(line: string): readonly string[] {
  const [name = '', ...words] = line.match(/"[^"]*"|\S+/g) ?? [];
  return [`--${name}`, ...words.map((word) => word.replace(/^"(.*)"$/, '$1'))];
}

const write = (path: string, lines: readonly string[]): void =>
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 });
