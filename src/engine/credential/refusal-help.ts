import type { LoginFacts, Surrounding } from './login-facts.ts';
import { asWritten, identifier, psql, rotate } from './mend-commands.ts';

/** What a sentence about a refused login begins with. */
export const subject = ({ key, role, target: { host, port } }: LoginFacts): string =>
  `the login of ${key}, role ${role} on ${host}:${port},`;

/** To the server, what the Secret says. */
export const giveWritten = (login: LoginFacts, around: Surrounding): string =>
  around.isKept ? asWritten(around.place) : sql(login, around, `\\password ${identifier(login.role)}`);

/** To both; but first the two have to agree, for what nobody can log in with is not taken from anybody. */
export const newPassword = ({ place, isKept }: Surrounding): string =>
  isKept
    ? `${asWritten(place)} && ${rotate(place)}`
    : `make a PostgresCredential for it (docs/postgres.md), then ${asWritten(place)} && ${rotate(place)}`;

/** By whoever administers the server. */
export const sql = (
  { target }: LoginFacts,
  { adminRole = 'postgres' }: Surrounding,
  ...text: readonly string[]
) => psql(target, adminRole, ...text);
