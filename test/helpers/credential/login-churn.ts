import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Postgres } from '../../testbed/postgres/postgres.ts';
import type { Redis } from '../../testbed/redis/redis.ts';
import { redisLogin } from '../redis/team.ts';
import { DATABASE, type Team, type Texts } from './team.ts';

export interface Churn {
  readonly logins: number;
  /** Failed logins, by SQLSTATE or the code of Redis. */
  readonly failures: ReadonlyMap<string, number>;
  /** Logins by role. */
  readonly roles: ReadonlyMap<string, number>;
}

/** Between two logins of one client. Milliseconds. */
const LOGIN_PAUSE_MS = 25;

/**
 * Clients that log in all the time. The first one reads a change of the Secret at once, the last one so much later, as
 * volumes deliver it. Ends with the signal.
 */
export async function loginChurn(
  team: Team,
  server: Postgres | Redis,
  { clients, maxDelayMs }: { readonly clients: number; readonly maxDelayMs: number },
  signal: AbortSignal,
): Promise<Churn> {
  const { keys } = team.kind;
  const failures = new Map<string, number>();
  const roles = new Map<string, number>();
  let logins = 0;
  const count = (of: Map<string, number>, key: string): unknown => of.set(key, (of.get(key) ?? 0) + 1);

  /** Versions of the Secret, the newest last. */
  const held: { readonly at: number; readonly secret: Texts }[] = [
    { at: Number.NEGATIVE_INFINITY, secret: await team.secret() },
  ];
  const follow = async (): Promise<void> => {
    while (!signal.aborted) {
      const secret = await team.secret();
      const isNew = secret[keys.password] !== held.at(-1)?.secret[keys.password];
      if (isNew) held.push({ at: performance.now(), secret });
      await sleep(10);
    }
  };
  const client = async (delay: number): Promise<void> => {
    while (!signal.aborted) {
      const known = held.findLast(({ at }) => at <= performance.now() - delay);
      const [user = '', password = ''] = [known?.secret[keys.user], known?.secret[keys.password]];
      const code =
        'sql' in server
          ? await login(server, user, password)
          : await redisLogin(server, { role: user, password });
      logins += 1;
      count(roles, user);
      if (code !== undefined) count(failures, code);
      await sleep(LOGIN_PAUSE_MS);
    }
  };
  const delays = Array.from(
    { length: clients },
    (_, index) => (maxDelayMs * index) / Math.max(1, clients - 1),
  );
  await Promise.all([follow(), ...delays.map(client)]);
  return { logins, failures, roles };
}

/** Undefined where it was let in. */
async function login({ host, port }: Postgres, user: string, password: string): Promise<string | undefined> {
  const client = new pg.Client({ host, port, user, password, database: DATABASE, ssl: false });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('SELECT 1');
    return undefined;
  } catch (error) {
    return error instanceof pg.DatabaseError ? error.code : `${(error as NodeJS.ErrnoException).code}`;
  } finally {
    await client.end();
  }
}
