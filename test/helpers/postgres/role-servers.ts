import type { Test } from 'tap';
import type { RoleServer } from '../../../src/engine/login/postgres/role-server.ts';
import type { ServerTarget } from '../../../src/engine/login/server/target.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { openRoleServer } from '../../../src/postgres/roles/open-role-server.ts';
import { aPostgres, type Postgres, type PostgresOptions } from '../../testbed/postgres/postgres.ts';
import { majorsHere } from '../../testbed/postgres/server.ts';

export type OnServer = (name: string, work: (t: Test, server: Postgres) => Promise<void>) => void;

/**
 * Runs tests on each major version of this machine, on one server. The objects of a test are dropped before the
 * next.
 */
export function onEachMajor(t: Test, options: PostgresOptions, tests: (on: OnServer) => void): void {
  for (const version of majorsHere())
    t.test(`PostgreSQL ${version}`, async (t) => {
      const server = await aPostgres(t, { ...options, version });
      const works: Parameters<OnServer>[] = [];
      tests((...test) => works.push(test));
      for (const [name, work] of works) {
        await t.test(name, async (t) => work(t, server));
        await clear(server);
      }
    });
}

async function clear(server: Postgres): Promise<void> {
  const drop = async (what: string, names: string): Promise<void> => {
    for (const { name } of await server.sql(names))
      await server.sql(`${what} "${String(name).replaceAll('"', '""')}"`);
  };
  await drop(
    'DROP DATABASE',
    `SELECT datname AS name FROM pg_database WHERE datname <> 'postgres' AND NOT datistemplate`,
  );
  const roles = `SELECT rolname::text AS name FROM pg_roles WHERE rolname <> 'postgres' AND rolname !~ '^pg_'`;
  await drop('DROP OWNED BY', roles);
  await drop('DROP ROLE', roles);
}

export interface RoleServerEntry {
  readonly role: string;
  readonly password: string;
  readonly as?: 'admin' | 'self';
  readonly database?: string;
  /** Milliseconds. */
  readonly timeout?: number;
  /** Roles that an administrator may change. By default `app` and its pair. */
  readonly mayChange?: readonly string[];
}

/** A session, by the address of the server or through a proxy. Ends with the test. By default that of the superuser. */
export async function rolesOn(
  t: Test,
  server: Postgres,
  entry: Partial<RoleServerEntry> = {},
  at: { readonly host: string; readonly port: number } = server,
): Promise<RoleServer> {
  const {
    as = 'admin',
    role,
    password,
    database = 'postgres',
    // Only a test of a limit has one that a busy machine may reach.
    timeout = 30_000,
    mayChange = ['app', 'app_alt'],
  } = { ...server.superuser, ...entry };
  const target: ServerTarget = { host: at.host, port: at.port, database, tls: { mode: 'disable' } };
  const credential = { role, password: Sensitive.fromText(password) };
  const roles = await openRoleServer(target, credential, { as, timeout, mayChange });
  t.teardown(() => roles[Symbol.asyncDispose]());
  return roles;
}

/** Whether the server lets somebody in. */
export async function canLogIn(server: Postgres, role: string, password: string): Promise<boolean> {
  try {
    await server.sql('SELECT 1', { as: { role, password } });
    return true;
  } catch {
    return false;
  }
}
