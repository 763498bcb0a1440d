import pg from 'pg';
import { markIn } from '../../../src/engine/login/postgres/role-comment-mark.ts';
import { latestVersion } from '../../../src/engine/secret/record/record.ts';
import type { Postgres } from '../../testbed/postgres/postgres.ts';
import type { Redis } from '../../testbed/redis/redis.ts';
import { libpqLogIn } from '../postgres/libpq.ts';
import { canLogInToRedis, passwordCount, redisByUrl } from '../redis/team.ts';
import { COMMENT, DATABASE, type Team, type Texts } from './team.ts';

/** State of a team before a fault of its login. */
export interface StateBefore {
  readonly secret: Texts;
  /** The number of its last version. */
  readonly version: number;
}

export interface ExpectedResult {
  /** Versions of the Secret that came in between. */
  readonly versions: number;
  /** Whether the password is another one. */
  readonly isChanged: boolean;
}

export async function stateBefore(team: Team): Promise<StateBefore> {
  const [secret, record] = [await team.secret(), await team.record()];
  if (record === undefined) throw new Error('there is no record yet');
  return { secret, version: latestVersion(record).number };
}

/**
 * All that is not as it must be once a change of the login has come to its end, one sentence each. Asks the server
 * itself, past any proxy.
 */
export async function deviationsOf(
  team: Team,
  server: Postgres | Redis,
  before: StateBefore,
  expected: ExpectedResult,
): Promise<readonly string[]> {
  const misses: string[] = [];
  const say = (isSo: boolean, sentence: string): void => {
    if (!isSo) misses.push(sentence);
  };
  const [secret, record] = [await team.secret(), await team.record()];
  const { keys } = team.kind;
  const { role, password } = loginIn(team, secret);
  const url = secret[keys.url] ?? '';
  const old = loginIn(team, before.secret);
  const opens = (login: typeof old): Promise<boolean> => opensServer(server, login);

  const login = record?.login;
  say(login !== undefined, 'the record has no login');
  say(login?.change === undefined, `a change is still at ${login?.change?.phase}`);
  say(login?.changeRequest === undefined, 'a wish is left over');
  say(login?.diverged === undefined, `diverged: ${login?.diverged?.reason}`);
  say(record?.pending === undefined, 'something is pending');
  const isProven = login?.current?.password.withPlaintext(({ text }) => text === password) === true;
  say(isProven && login?.current?.role === role, 'the login of the record is not that of the Secret');
  const number = record === undefined ? 0 : latestVersion(record).number;
  say(number === before.version + expected.versions, `version ${number} after ${before.version}`);

  say(await opens({ role, password }), 'the Secret does not open the server');
  const tried = 'sql' in server ? await byUrl(url, server) : await redisByUrl(url, server);
  for (const [driver, isOpen] of tried) say(isOpen, `${keys.url} does not open the server for ${driver}`);
  say(
    (password !== old.password) === expected.isChanged,
    `the password is ${expected.isChanged ? 'the old' : 'another'} one`,
  );
  const isOldRefused = !expected.isChanged || !(await opens(old));
  say(isOldRefused, 'the old login still opens the server');
  for (const [index, copy] of (await team.copies()).entries()) {
    const { POSTGRES_USER, POSTGRES_PASSWORD, DATABASE_URL } = copy.texts;
    say(POSTGRES_USER === role && POSTGRES_PASSWORD === password, `copy ${index} has another login`);
    say(DATABASE_URL === url, `copy ${index} has another URL`);
    say(copy.record?.pending === undefined, `something is pending in copy ${index}`);
    say(copy.record?.rollout === undefined, `copy ${index} is still being rolled out`);
  }
  if (!('sql' in server)) {
    const count = await passwordCount(server, role);
    say(count === 1, `the user has ${count} passwords`);
    return misses;
  }
  for (const [name, comment] of await commentsOf(server, team.role)) {
    say(markIn(comment) === undefined, `the comment of ${name} still bears a mark: ${comment}`);
    say(name !== team.role || comment === COMMENT, `the comment of ${name} is ${comment}`);
  }
  return misses;
}

/** The login of the team in these values of its Secret. */
export const loginIn = ({ kind: { keys } }: Team, texts: Texts) => ({
  role: texts[keys.user] ?? 'default',
  password: texts[keys.password] ?? '',
});

export const opensServer = (
  server: Postgres | Redis,
  login: { readonly role: string; readonly password: string },
): Promise<boolean> => ('sql' in server ? canLogIn(server, login) : canLogInToRedis(server, login));

export async function canLogIn(
  { host, port }: Pick<Postgres, 'host' | 'port'>,
  { role, password }: { readonly role: string; readonly password: string },
): Promise<boolean> {
  return isLetIn({ host, port, user: role, password, database: DATABASE });
}

/**
 * As the drivers read it, without its host. The host may be a proxy of this process, and libpq would block the process
 * until the proxy answers.
 */
export async function byUrl(
  url: string,
  { host, port }: Pick<Postgres, 'host' | 'port'>,
): Promise<readonly (readonly [string, boolean])[]> {
  const there = url.replace(/@[^@/]+\//, `@${host}:${port}/`);
  return [
    ['pg', await isLetIn({ connectionString: there })],
    ['libpq', libpqLogIn(`${there}?connect_timeout=10&sslmode=disable`) === undefined],
  ];
}

async function isLetIn(config: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client({ ...config, ssl: false, application_name: 'a team' });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === '28P01') return false;
    throw error;
  } finally {
    await client.end();
  }
}

async function commentsOf(
  postgres: Postgres,
  role: string,
): Promise<readonly (readonly [string, string | undefined])[]> {
  const names = [role, `${role}_alt`].map((name) => pg.escapeLiteral(name)).join(', ');
  const rows = await postgres.sql(
    `SELECT rolname, shobj_description(oid, 'pg_authid') AS comment FROM pg_roles WHERE rolname IN (${names})`,
  );
  return rows.map(({ rolname, comment }) => [
    String(rolname),
    comment === null ? undefined : String(comment),
  ]);
}
